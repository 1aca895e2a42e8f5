"""A rule file of a team's own."""

TEAM_RULES = {
    "format": 1,
    "parts": [
        {
            "name": "acme-token",
            "role": "secret",
            "forms": [
                {
                    "label": "strong",
                    "anchors": ["acme-[a-z0-9]{8}"],
                    "pattern": "\\b(?<value>acme-[a-z0-9]{32})\\b",
                    "before": 64,
                    "after": 64,
                }
            ],
        }
    ],
    "rules": [
        {
            "id": "acme-token",
            "description": "Token of the Acme service",
            "severity": "high",
            "parts": {"secret": "acme-token"},
            "examples": ["token: acme-k3v9q2m8x7c4b1n6z5w0r8t2y4u6i1o3\n"],
            "counterexamples": ["token: acme-short\n"],
        }
    ],
}
