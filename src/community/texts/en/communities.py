"""English texts about communities."""

TEXTS = {
    "refusal.NOT_A_MEMBER": "You are not a member of this community. Join it first.",
    "refusal.LEADERS_ONLY": "Only a leader of this community may do this. Ask a leader.",
    "refusal.LEADERS_ONLY.playbook": "Only leaders write playbooks. Choose another kind.",
    "refusal.LEADERS_ONLY.account": "Only a leader may read another member's account. Open your own account.",
    "refusal.INVITATION_INVALID": "This invitation code is not valid. Ask your leader for a new one.",
    "refusal.INVITATION_INVALID.needed": "This community needs an invitation code. Ask its leader for one.",
    "refusal.OUT_OF_SCOPE": "This service token does not allow this. Ask a leader for another token.",
    "refusal.SERVICES_ONLY": "Only a service with a token may do this. Send a service token.",
    "refusal.LAST_LEADER": "This community would have no leader. Make another member a leader first.",
    "refusal.NOT_FOUND.community": "There is no such community, or only its members may read it.",
    "refusal.NOT_FOUND.member": "There is no such member in this community. Reload and try again.",
    "refusal.NOT_FOUND.service_token": "There is no such token in this community. Reload the list.",
    "refusal.INVALID_INPUT.time_zone": "This is not a time zone. Enter a name such as Asia/Shanghai.",
    "refusal.INVALID_INPUT.invitation_uses": "An invitation is for {min} to {max} people, not {actual}. Change the number.",
    "refusal.INVALID_INPUT.invitation_role_uses": "An invitation with a role is for {max} person, not {actual}. Make one for each person.",
    "refusal.INVALID_INPUT.invitation_days": "An invitation is valid for {min} to {max} days, not {actual}. Change the number.",
    "refusal.INVALID_INPUT.scopes": "A token needs at least one scope. Choose one.",
    "refusal.INVALID_INPUT.code_or_community": "Give either an invitation code or the id of an open community, not both.",
}
