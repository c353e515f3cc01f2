# Databricks notebook source
# MAGIC %md
# MAGIC # Replication to the DR site
# MAGIC Deep clones the replicated tables. Only files that are not there yet are copied. Must not run while this site is active:
# MAGIC the clone would overwrite what was written here.

# COMMAND ----------

dbutils.widgets.text("source", "abfss://data@primary.dfs.core.windows.net")

TABLES = [
    "inference_db.model_predictions",
    "inference_db.model_registry",
    "monitoring_db.cluster_metrics",
    "monitoring_db.job_metrics",
    "monitoring_db.query_metrics",
]

# COMMAND ----------

source = dbutils.widgets.get("source")
failed = []
for table in TABLES:
    database, name = table.split(".")
    try:
        spark.sql(f"CREATE DATABASE IF NOT EXISTS {database}")
        spark.sql(f"CREATE OR REPLACE TABLE {table} DEEP CLONE delta.`{source}/{database}/{name}`")
    except Exception as error:
        failed.append(f"{table}: {error}")

# COMMAND ----------

if failed:
    raise RuntimeError("; ".join(failed))

# COMMAND ----------

dbutils.notebook.exit("replicated")
