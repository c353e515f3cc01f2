# Databricks notebook source
# MAGIC %md
# MAGIC # Monitoring database
# MAGIC Creates the tables that the monitoring job fills. Safe to run again.

# COMMAND ----------

TABLES = {
    "cluster_metrics": "cluster_id STRING, state STRING, workers INT, measured_at TIMESTAMP",
    "job_metrics": "job_id BIGINT, run_id BIGINT, result STRING, duration_seconds INT, ended_at TIMESTAMP",
    "query_metrics": "query_id STRING, warehouse_id STRING, duration_ms BIGINT, started_at TIMESTAMP",
}

# COMMAND ----------

spark.sql("CREATE DATABASE IF NOT EXISTS monitoring_db")
for name, columns in TABLES.items():
    spark.sql(f"CREATE TABLE IF NOT EXISTS monitoring_db.{name} ({columns}) USING DELTA")

# COMMAND ----------

dbutils.notebook.exit("monitoring_db is ready")
