# METADATA
# title: No annotation holds a secret
# description: |
#   Annotations are shown to everybody who can open the portal, and are answered by the catalog's API. Told are tokens and keys of
#   known shapes (GitHub, GitLab, Slack, AWS, Google, npm, Stripe, SendGrid, private keys, JSON Web Tokens, URLs with a password),
#   and values that look drawn by lot under keys with `token`, `secret`, `password` or `api-key` in their names. The message says
#   what it looks like and how long it is, never the text.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/well-known-annotations
#     description: Well-known annotations
# custom:
#   platlint:
#     severity: critical
#     level: error
#     match:
#       kinds:
#         - {groups: [backstage.io, scaffolder.backstage.io], kinds: ["*"]}
#     problems: [secret-in-annotation]
#     remedy: >-
#       Revoke the secret, since it has been written down, and let the plugin get a new one from the backend's
#       configuration.
#     examples:
#       - title: A token
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#             annotations: {example.org/deploy-token: q8Zt4Kp0Lw7Vx2Rb}
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata:
#             name: cart
#             annotations: {example.org/deploy-token-name: cart-deploy}
#           spec:
#             type: service
#             lifecycle: production
#             owner: team-shop
package platlint.catalog.catalog_annotation_secret

deny contains {"msg": message, "path": path} if {
	some problem in input.platform.problems["secret-in-annotation"]
	message = sprintf(
		"annotation \"%s\" holds what looks like %s (%v characters)",
		[problem.key, problem.what, problem.length],
	)
	path = problem.path
}
