package platlint.images.image_digest_test

import data.platlint.images.image_digest
import data.platlint.lib.testing

sha256 := "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

path := ["spec", "containers", 0, "image"]

# with_image is the input of a Pod whose one image has this text, parsed as given.
with_image(text, parsed) := made if {
	base := testing.of_pod("shop", {"containers": [{"name": "app", "image": text}]}, {})
	entry := {"path": path, "container": "app", "type": "container", "value": text}
	made := object.union(base, {"images": [object.union(entry, parsed)]})
}

messages(made) := found if {
	denied := image_digest.deny with input as made
	found := {f.msg | some f in denied}
}

test_passes_an_image_with_a_digest if {
	reference := {"registry": "registry.example:5000", "repository": "web", "tag": "1.4", "digest": sha256}
	made := with_image(sprintf("registry.example:5000/web:1.4@%s", [sha256]), {"reference": reference})
	count(image_digest.deny) == 0 with input as made
}

test_passes_sha512 if {
	reference := {"registry": "docker.io", "repository": "library/web", "digest": "sha512:aa"}
	made := with_image("web@sha512:aa", {"reference": reference})
	count(image_digest.deny) == 0 with input as made
}

test_denies_a_tag_at_its_place if {
	made := with_image("nginx:1.27", {"reference": {"registry": "docker.io", "repository": "library/nginx", "tag": "1.27"}})
	image_digest.deny == {{
		"msg": "container \"app\": image \"nginx:1.27\" is not pinned by a sha256 or sha512 digest",
		"path": path,
	}} with input as made
}

test_denies_sha384 if {
	made := with_image("nginx@sha384:aa", {"reference": {"registry": "docker.io", "repository": "library/nginx", "digest": "sha384:aa"}})
	count(image_digest.deny) == 1 with input as made
}

# Each reference with a part of the reason it must be refused for.
invalid := {
	"registry.example/Web:1.4": "repository has upper-case",
	"Web": "repository has upper-case",
	"registry.example:5000/team/Web@sha256:aa": "wrong length",
	"ngіnx:1.27": "outside ASCII",
	"nginx:1.27\u200b": "outside ASCII",
	"nginx :1.27": "white space",
	"   ": "white space",
	"nginx\t": "white space",
	"nginx@sha256:9f86": "wrong length",
	"nginx@sha256:9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08": "upper-case letters",
	"nginx@md5:d41d8cd98f00b204e9800998ecf8427e": "unknown algorithm",
	"nginx@": "malformed",
	"nginx@sha256:aa@sha256:bb": "two digests",
	"https://registry.example/web:1.4": "scheme",
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": "only an image's id",
	"nginx:": "tag is empty",
	"nginx:1.27+build": "malformed",
	"registry.example//web": "malformed",
	"-web": "malformed",
	"${IMAGE}": "placeholder",
	"$(IMAGE)": "placeholder",
	"{{ .Values.image }}": "placeholder",
}

test_says_why_a_reference_is_invalid if {
	wrong := {text: found |
		some text, reason in invalid
		made := with_image(text, {})
		found := messages(made)
		expected := [m | some m in found; contains(m, reason)]
		[count(found), count(expected)] != [1, 1]
	}
	wrong == {}
}

test_denies_containers_that_name_no_image if {
	specs := [{}, {"image": null}, {"image": ""}, {"image": 7}, {"image": ["nginx"]}, {"image": {}}, "nginx"]
	wrong := [spec |
		some spec in specs
		made := testing.of_deployment("shop", {"containers": [spec]}, {})
		found := image_digest.deny with input as made
		found != {{
			"msg": "container names no image",
			"path": ["spec", "template", "spec", "containers", 0, "image"],
		}}
	]
	wrong == []
}

test_an_empty_image_is_one_finding if {
	made := with_image("", {})
	count(image_digest.deny) == 1 with input as made
}

test_judges_ephemeral_containers_and_sidecars if {
	images := [
		{
			"path": ["spec", "ephemeralContainers", 0, "image"], "container": "debug", "type": "ephemeral",
			"value": "busybox", "reference": {"registry": "docker.io", "repository": "library/busybox"},
		},
		{
			"path": ["spec", "initContainers", 0, "image"], "container": "proxy", "type": "sidecar",
			"value": "envoy:1", "reference": {"registry": "docker.io", "repository": "library/envoy", "tag": "1"},
		},
	]
	made := object.union(testing.of_pod("shop", {}, {}), {"images": images})
	messages(made) == {
		"ephemeral container \"debug\": image \"busybox\" is not pinned by a sha256 or sha512 digest",
		"sidecar container \"proxy\": image \"envoy:1\" is not pinned by a sha256 or sha512 digest",
	}
}

verified := {"signature": {"status": "verified"}}

tagged := {"reference": {"registry": "docker.io", "repository": "library/nginx", "tag": "1.27"}}

pin := sprintf("nginx:1.27@%s", [sha256])

patched(parsed) := found if {
	found := image_digest.patch with input as with_image("nginx:1.27", parsed)
}

test_writes_the_digest_that_was_verified if {
	found := patched(object.union_n([tagged, verified, {"pinned": pin, "digest": sha256}]))
	found == {{"op": "set", "path": path, "value": pin}}
}

test_writes_nothing_that_was_not_verified if {
	not_verified := [
		tagged, object.union(tagged, verified), object.union(tagged, {"pinned": pin}),
		object.union_n([tagged, verified, {"pinned": null}]), object.union_n([tagged, verified, {"pinned": 7}]),
		object.union_n([tagged, verified, {"digest": sha256}]),
	]
	statuses := [object.union_n([tagged, {"pinned": pin}, {"signature": {"status": status}}]) |
		some status in ["unsigned", "invalid", "unknown", "Verified", true, null]
	]
	wrong := [parsed |
		some parsed in array.concat(not_verified, statuses)
		patched(parsed) != set()
	]
	wrong == []
}

test_leaves_what_an_update_does_not_touch if {
	known := object.union_n([tagged, verified, {"pinned": pin, "digest": sha256}])
	patched(object.union(known, {"unchanged": true})) == set()
	count(patched(object.union(known, {"unchanged": false}))) == 1
}

test_leaves_what_is_pinned if {
	pinned := object.union(tagged.reference, {"digest": sha256})
	patched(object.union(verified, {"reference": pinned, "pinned": pin})) == set()
}

test_a_tag_that_was_verified_is_still_a_finding if {
	made := with_image("nginx:1.27", object.union_n([tagged, verified, {"pinned": pin, "digest": sha256}]))
	count(image_digest.deny) == 1 with input as made
}

test_judges_fields_of_custom_resources if {
	images := [{
		"path": ["spec", "templates", 0, "container", "image"], "type": "field", "value": "busybox:1",
		"reference": {"registry": "docker.io", "repository": "library/busybox", "tag": "1"},
	}]
	base := testing.of_object({"group": "argoproj.io", "version": "v1alpha1", "kind": "Workflow"}, "shop", {}, [], null, {})
	made := object.union(base, {"images": images})
	messages(made) == {"image field: image \"busybox:1\" is not pinned by a sha256 or sha512 digest"}
}

test_judges_image_volumes if {
	images := [{
		"path": ["spec", "volumes", 0, "image", "reference"], "type": "volume",
		"value": "models:3", "reference": {"registry": "docker.io", "repository": "library/models", "tag": "3"},
	}]
	made := object.union(testing.of_pod("shop", {}, {}), {"images": images})
	messages(made) == {"image volume: image \"models:3\" is not pinned by a sha256 or sha512 digest"}
}

test_denies_image_volumes_that_name_no_image if {
	volumes := [
		{"name": "a", "image": {}}, {"name": "b", "image": {"reference": null}}, {"name": "c", "image": {"reference": ""}},
		{"name": "d", "image": {"reference": 1}}, {"name": "e", "image": null}, {"name": "f", "emptyDir": {}}, null, {"image": {"reference": "models:3"}},
	]
	made := testing.of_pod("shop", {"volumes": volumes}, {})
	found := image_digest.deny with input as made
	{f.path[2] | some f in found} == {0, 1, 2, 3}
}
