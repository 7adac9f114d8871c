# METADATA
# title: Secure namespaces have no load balancer
# description: The bench kit's rule on load balancers, written for platlint's own dialect.
# custom:
#   platlint:
#     match:
#       kinds:
#         - {groups: ["*"], kinds: [Service]}
#       namespaces: ["prod-secure-*"]
package platlint.bench.load_balancer

deny contains {"msg": "LoadBalancer is not allowed here", "path": ["spec", "type"]} if {
	input.review.object.spec.type == "LoadBalancer"
}
