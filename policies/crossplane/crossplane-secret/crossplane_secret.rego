# METADATA
# title: Composite and managed resources hold no secrets
# description: |
#   What stands in a manifest is in Git and can be read by everybody who may read the resource. Reported are literal values
#   of fields whose name ends as names of secrets do (`password`, `token`, `clientSecret`, `privateKey`, …) in composite and
#   managed resources and in what Compositions start from, literal connection details of such names, Secrets that are composed
#   with their values, and, in files, the Secrets that hold the credentials of providers: those that a ProviderConfig names and
#   those in Crossplane's own namespace. A pair of `name` and `value` counts as a field, and a Secret within another resource, such
#   as a manifest that provider-kubernetes applies, as a Secret. The value is not repeated in the message.
#
#   Values that a tool fills in (`${…}`, `{{ … }}`) and files that sops has encrypted are not reported.
# related_resources:
#   - ref: https://docs.crossplane.io/latest/managed-resources/managed-resources/
#     description: Managed resources
# custom:
#   platlint:
#     severity: critical
#     level: error
#     match:
#       kinds:
#         - {groups: [apiextensions.crossplane.io], kinds: [Composition]}
#         - {groups: [""], kinds: [Secret]}
#       custom-resources: true
#     problems: [plain-secret]
#     remedy: >-
#       Refer to a Secret (`passwordSecretRef`), or let the provider make the password. Whatever stood in Git must
#       be changed.
#     examples:
#       - title: A password by reference
#         bad: |
#           apiVersion: sql.aws.example.org/v1
#           kind: User
#           metadata: {name: orders}
#           spec:
#             forProvider:
#               password: not-a-real-one
#         good: |
#           apiVersion: sql.aws.example.org/v1
#           kind: User
#           metadata: {name: orders}
#           spec:
#             forProvider:
#               passwordSecretRef: {namespace: shop, name: orders-db, key: password}
package platlint.crossplane.crossplane_secret

import data.platlint.lib.faults

deny contains finding if {
	some problem in input.platform.problems["plain-secret"]
	finding = faults.finding(problem)
}
