# Databricks notebook source
# MAGIC %md
# MAGIC # Inference database
# MAGIC Creates the database and the tables that batch inference writes. Safe to run again.

# COMMAND ----------

spark.sql("CREATE DATABASE IF NOT EXISTS inference_db")

# COMMAND ----------

spark.sql("""
CREATE TABLE IF NOT EXISTS inference_db.model_predictions (
  prediction_id STRING NOT NULL,
  model_name STRING,
  model_version INT,
  features STRING,
  prediction DOUBLE,
  predicted_at TIMESTAMP
) USING DELTA PARTITIONED BY (model_name)
""")

# COMMAND ----------

spark.sql("""
CREATE TABLE IF NOT EXISTS inference_db.model_registry (
  model_name STRING NOT NULL,
  model_version INT NOT NULL,
  stage STRING,
  registered_at TIMESTAMP
) USING DELTA
""")

# COMMAND ----------

dbutils.notebook.exit("inference_db is ready")
