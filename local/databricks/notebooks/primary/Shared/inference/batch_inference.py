# Databricks notebook source
# MAGIC %md
# MAGIC # Batch inference
# MAGIC Scores what arrived since the last run with the model in production, by merge: a second run of the same batch adds nothing.

# COMMAND ----------

dbutils.widgets.text("batch_date", "")

# COMMAND ----------

import mlflow
from delta.tables import DeltaTable
from pyspark.sql import functions as F

model = spark.table("inference_db.model_registry").where("stage = 'Production'").orderBy(F.desc("model_version")).first()
predict = mlflow.pyfunc.spark_udf(spark, f"models:/{model.model_name}/{model.model_version}")

# COMMAND ----------

scored = (
    spark.table("inference_db.requests")
    .where(F.col("received_on") == dbutils.widgets.get("batch_date"))
    .withColumn("prediction", predict("features"))
    .selectExpr(
        "request_id AS prediction_id",
        f"'{model.model_name}' AS model_name",
        f"{model.model_version} AS model_version",
        "features",
        "prediction",
        "current_timestamp() AS predicted_at",
    )
)

# COMMAND ----------

(
    DeltaTable.forName(spark, "inference_db.model_predictions")
    .alias("known")
    .merge(scored.alias("new"), "known.prediction_id = new.prediction_id")
    .whenNotMatchedInsertAll()
    .execute()
)

# COMMAND ----------

dbutils.notebook.exit("scored")
