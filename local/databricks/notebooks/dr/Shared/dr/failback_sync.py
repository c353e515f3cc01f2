# Databricks notebook source
# MAGIC %md
# MAGIC # Failback
# MAGIC Carries what was written at the DR site back to the primary, as a clone beside each table; a person swaps them after checking.

# COMMAND ----------

dbutils.widgets.text("target", "abfss://data@primary.dfs.core.windows.net")

TABLES = ["inference_db.model_predictions", "inference_db.model_registry"]

# COMMAND ----------

target = dbutils.widgets.get("target")
for table in TABLES:
    database, name = table.split(".")
    spark.sql(f"CREATE OR REPLACE TABLE delta.`{target}/{database}/{name}__failback` DEEP CLONE {table}")

# COMMAND ----------

dbutils.notebook.exit("synchronised")
