"""Compiled operations, which answer without graphql-core's executor.

A plan is built once for each document and operation. Objects that carry everything that is selected below them are
shaped by one generated function. Otherwise relations are loaded level by level, with one call for all parents, before
generated functions shape the answer. graphql-core does what a plan cannot do exactly.
"""
