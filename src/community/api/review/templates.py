"""Reason templates in the graph."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from community.api import ids
from community.api.context import Caller
from community.api.declare import argument, declare_enum, field, input_type, object_type, related, type_over
from community.api.mutations import KeyedInput, Verb, community_mutation
from community.api.nodes import Node, found_by_leaders
from community.communities.queries import CommunityRow, get_members
from community.kernel import mistakes
from community.review import templates
from community.review.models import TemplateKind
from community.review.templates import MAX_TEMPLATES, TemplateContent, TemplateList, TemplateRow

declare_enum(
    TemplateKind,
    name="ReasonTemplateKind",
    values={
        "RETURN": "For what to change in a returned revision.",
        "REJECTION": "For the rejection of a revision.",
        "REMOVAL": "For the removal of a submission.",
    },
)


@type_over(TemplateRow)
class ReasonTemplate(Node):
    """理由模板: a short text that leaders choose for a reason."""

    kind = field(description="Use.")
    text = field(description="Text, 1 to 500 characters.")
    uses = field(description="Number of decisions and removals that named it.")
    created_at = field(description="Time of creation.")
    deleted_at = field(description="Time of deletion. Null while it is offered.")
    written_by = related(get_members, "written_by", "Leader who wrote the text.")


@type_over(TemplateList)
class ReasonTemplates:
    """Reason templates of a community."""

    version = field(description="Version, which rises with each edit. 0 before the first one.")
    templates = field(description=f"Templates in the order of the leaders, at most {MAX_TEMPLATES}.")


found_by_leaders(TemplateRow, templates.get_template)


TemplateId: TypeAlias = Annotated[
    strawberry.ID | None, argument("Id of the reason template that was chosen. Null for none.")
]


def decode_template(given: str | None) -> int | None:
    """Return the number of a named template, or None. Raises InvalidInput."""
    return None if given is None else ids.decode("ReasonTemplate", given, path="templateId")


@input_type
class ReasonTemplateInput:
    """A reason template of an edit."""

    id: strawberry.ID | None = field(default=None, description="Id of a template that stays. Null for a new one.")
    kind: TemplateKind = field(description="Use.")
    text: str = field(description="Text, 1 to 500 characters.")


@input_type
class ReasonTemplatesEditInput(KeyedInput):
    """Input for `reasonTemplatesEdit`, which replaces the reason templates of a community."""

    version: int = field(description="Version that you read. If it has changed, nothing is done.")
    templates: list[ReasonTemplateInput] = field(
        description=f"All templates in their order, at most {MAX_TEMPLATES}. One that is left out is deleted."
    )


@object_type
class ReasonTemplateMutation:
    """Mutations of reason templates. Leaders only."""

    @community_mutation(community="Community with its templates.")
    def reason_templates_edit(self, input: ReasonTemplatesEditInput) -> Verb[CommunityRow]:
        """Create, edit, order and delete the reason templates of a community. Leaders only.

        Refuses with LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        with mistakes.collect() as check:
            contents = [
                TemplateContent(
                    given.kind, given.text,
                    None if given.id is None else check(
                        ids.decode, "ReasonTemplate", given.id, path=f"templates.{number}.id"
                    ),
                )
                for number, given in enumerate(input.templates)
            ]  # fmt: skip

        async def edit(actor: Caller) -> CommunityRow:
            return await templates.replace_all(actor, version=input.version, templates=contents)

        return edit
