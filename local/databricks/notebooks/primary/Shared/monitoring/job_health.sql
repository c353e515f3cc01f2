-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Success rate per job over the last day

-- COMMAND ----------

SELECT job_id,
       count(*) AS runs,
       avg(CASE WHEN result = 'SUCCESS' THEN 1.0 ELSE 0.0 END) AS success_rate,
       max(ended_at) AS last_end
FROM monitoring_db.job_metrics
WHERE ended_at > current_timestamp() - INTERVAL 1 DAY
GROUP BY job_id
ORDER BY success_rate
