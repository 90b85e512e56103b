"""Validation of a document, with few errors and without printing its values.

graphql-core prints the whole object in each error about one of its fields. That takes longer than everything else.
"""

from __future__ import annotations

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VisitorAction,
    get_named_type,
    get_nullable_type,
    is_required_input_field,
    specified_rules,
    validate,
)
from graphql.language import SKIP
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from community.api.edge.codes import MAX_REQUEST_ERRORS


def validate_document(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """Return the first errors of a document. A single error has suggestions, which take long to find."""
    errors = validate(schema, document, _RULES, max_errors=MAX_REQUEST_ERRORS, hide_suggestions=True)
    if len(errors) == 1:
        return validate(schema, document, _RULES, max_errors=MAX_REQUEST_ERRORS)
    return errors[:MAX_REQUEST_ERRORS]


class _ValuesOfCorrectTypeRule(ValuesOfCorrectTypeRule):
    """Rule of graphql-core, with own errors about fields of objects."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Check a value. Lists and objects are checked here, and all other values by graphql-core."""
        pending: list[tuple[ValueNode, GraphQLInputType]] = [(node, input_type)] if input_type else []
        while pending:
            value, kind = pending.pop()
            nullable = get_nullable_type(kind)
            if isinstance(value, ListValueNode) and isinstance(nullable, GraphQLList):
                pending.extend((item, nullable.of_type) for item in reversed(value.values))
                continue
            object_type = get_named_type(kind)  # a single item stands for its list
            if isinstance(value, ObjectValueNode) and isinstance(object_type, GraphQLInputObjectType):
                is_complete = self._check_fields(value, object_type)
                if not object_type.is_one_of:
                    pending.extend(_list_fields(value, object_type))
                    continue
                if not is_complete:
                    continue
            super().is_valid_value_node(value, kind)
        return SKIP

    def _check_fields(self, node: ObjectValueNode, kind: GraphQLInputObjectType) -> bool:
        """Report unknown and missing fields of an object. Return True if there are none."""
        is_complete = True
        for field in node.fields:
            if field.name.value not in kind.fields:
                is_complete = False
                message = f"Field '{field.name.value}' is not defined by type '{kind.name}'."
                self.report_error(GraphQLError(message, field))
        given = {field.name.value for field in node.fields}
        for name, declared in kind.fields.items():
            if name not in given and is_required_input_field(declared):
                is_complete = False
                message = f"Field '{kind.name}.{name}' of required type '{declared.type}' was not provided."
                self.report_error(GraphQLError(message, node))
        return is_complete


def _list_fields(node: ObjectValueNode, kind: GraphQLInputObjectType) -> list[tuple[ValueNode, GraphQLInputType]]:
    return [
        (field.value, kind.fields[field.name.value].type)
        for field in reversed(node.fields)
        if field.name.value in kind.fields
    ]


_RULES: tuple[type[ASTValidationRule], ...] = (
    *(_ValuesOfCorrectTypeRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)
