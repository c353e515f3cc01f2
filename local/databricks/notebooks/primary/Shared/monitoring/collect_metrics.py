# Databricks notebook source
# MAGIC %md
# MAGIC # Metrics of clusters, jobs and queries
# MAGIC Appends what happened since the last run to `monitoring_db`.

# COMMAND ----------

from databricks.sdk import WorkspaceClient
from pyspark.sql import functions as F

w = WorkspaceClient()

# COMMAND ----------

clusters = [(c.cluster_id, c.state.value, c.num_workers or 0) for c in w.clusters.list()]
(
    spark.createDataFrame(clusters, "cluster_id STRING, state STRING, workers INT")
    .withColumn("measured_at", F.current_timestamp())
    .write.mode("append")
    .saveAsTable("monitoring_db.cluster_metrics")
)

# COMMAND ----------

since = spark.sql("SELECT coalesce(max(ended_at), timestamp '2000-01-01') FROM monitoring_db.job_metrics").first()[0]
runs = [
    (r.job_id, r.run_id, r.state.result_state.value, (r.run_duration or 0) // 1000, r.end_time)
    for r in w.jobs.list_runs(completed_only=True, start_time_from=int(since.timestamp() * 1000))
]
if runs:
    (
        spark.createDataFrame(runs, "job_id BIGINT, run_id BIGINT, result STRING, duration_seconds INT, ended BIGINT")
        .selectExpr("job_id", "run_id", "result", "duration_seconds", "timestamp_millis(ended) AS ended_at")
        .write.mode("append")
        .saveAsTable("monitoring_db.job_metrics")
    )

# COMMAND ----------

dbutils.notebook.exit("collected")
