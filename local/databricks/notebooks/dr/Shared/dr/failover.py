# Databricks notebook source
# MAGIC %md
# MAGIC # Failover
# MAGIC Makes the copies usable: checks that each table can be read and tells how old it is. Safe to run again.

# COMMAND ----------

import json

TABLES = [
    "inference_db.model_predictions",
    "inference_db.model_registry",
    "monitoring_db.cluster_metrics",
    "monitoring_db.job_metrics",
    "monitoring_db.query_metrics",
]

# COMMAND ----------

state = {}
for table in TABLES:
    clone = spark.sql(f"DESCRIBE HISTORY {table}").where("operation LIKE '%CLONE%'").first()
    state[table] = {
        "rows": spark.table(table).count(),
        "cloned_at": None if clone is None else str(clone.timestamp),
        "source_version": None if clone is None else clone.operationParameters.get("sourceVersion"),
    }

# COMMAND ----------

dbutils.notebook.exit(json.dumps(state))
