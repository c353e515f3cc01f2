# Databricks notebook source
# MAGIC %md
# MAGIC # Publish predictions
# MAGIC Refreshes what the dashboards read.

# COMMAND ----------

spark.sql("REFRESH TABLE inference_db.model_predictions")
spark.sql("OPTIMIZE inference_db.model_predictions WHERE predicted_at > current_date() - INTERVAL 2 DAYS")

# COMMAND ----------

dbutils.notebook.exit("published")
