// What Azure and Databricks say when machines cannot be had, word for word where it was seen, for `termination_reason.parameters`.

/** [seen: Azure/azure-cli#32628, Azure-Samples/azuresandbox#70; for spot: learn.microsoft.com error-codes-spot] */
export function stockoutMessage(
  azureErrorCode: string,
  { nodeType, region, spot }: { nodeType: string; region: string; spot: boolean },
): string {
  switch (azureErrorCode) {
    case 'ZonalAllocationFailed':
      return 'Allocation failed. We do not have sufficient capacity for the requested VM size in this zone. Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance';
    case 'AllocationFailed':
      return 'Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance';
    case 'OverconstrainedAllocationRequest':
      return 'Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too restrictive. Please remove some constraints and try again. Constraints applied are:\n  - Low Priority VMs\n  - VM Size\n';
    default:
      return spot
        ? `The requested tier for resource '${nodeType}' is currently not available in location '${region}' for subscription '00000000-0000-0000-0000-000000000000'. Please try another tier or deploy to a different location.`
        : `The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: ${nodeType}' is currently not available in location '${region}'. Please try another size or deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details.`;
  }
}

export interface QuotaFigures {
  readonly family: string;
  readonly region: string;
  readonly limit: number;
  readonly used: number;
  readonly required: number;
}

/** [seen in a public notebook: AZURE_QUOTA_EXCEEDED_EXCEPTION with QuotaExceeded] */
export function quotaMessage({ family, region, limit, used, required }: QuotaFigures): string {
  const name = { cores: 'Total Regional', lowPriorityCores: 'Total Regional Low-priority' }[family] ?? family;
  return (
    `Operation could not be completed as it results in exceeding approved ${name} Cores quota. ` +
    `Additional details - Deployment Model: Resource Manager, Location: ${region}, Current Limit: ${limit}, ` +
    `Current Usage: ${used}, Additional Required: ${required}, (Minimum) New Limit Required: ${used + required}. ` +
    'Setup Alerts when Quota reaches threshold. Learn more at https://aka.ms/quotamonitoringalerting . ' +
    'Submit a request for Quota increase at https://aka.ms/ProdportalCRP/ by specifying parameters listed in the ‘Details’ section ' +
    'for deployment to succeed. Please read more about quota limits at ' +
    'https://docs.microsoft.com/en-us/azure/azure-supportability/per-vm-quota-requests'
  );
}
