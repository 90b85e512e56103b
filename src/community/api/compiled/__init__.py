"""Compiled operations, which answer without graphql-core's executor.

A plan is built once for each document and operation. It loads relations level by level, one call for all parents, and
then generated functions shape the answer. graphql-core does what a plan cannot do exactly.
"""
