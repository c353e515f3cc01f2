# Databricks notebook source
# MAGIC %md
# MAGIC # Does this cluster compute?
# MAGIC Run after a repair. It needs no table and leaves nothing behind.

# COMMAND ----------

expected = 42
computed = 6 * 7
difference = expected - computed
unit = 1 / (1 - difference)

# COMMAND ----------

dbutils.notebook.exit("verified")
