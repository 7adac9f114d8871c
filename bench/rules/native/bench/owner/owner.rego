# METADATA
# title: Deployments and Services name their owner
# description: The bench kit's rule on owners, written for platlint's own dialect.
# custom:
#   platlint:
#     match:
#       kinds:
#         - {groups: ["*"], kinds: [Deployment, Service]}
package platlint.bench.owner

deny contains {"msg": "there is no owner annotation", "path": ["metadata", "annotations", "owner"]} if {
	not input.review.object.metadata.annotations.owner
}
