# METADATA
# title: Findings of what was noted of software templates
# description: Makes a finding of a note and a message.
package platlint.lib.templates

# finding is the note as a finding: what may have been meant stands behind the message, and what else the note holds for a
# finding (text, related) is handed on.
finding(problem, message) := found if {
	hints = [hint |
		some key in ["suggestion"]
		meant = problem[key]
		hint = sprintf("; did you mean \"%s\"?", [meant])
	]
	whole = concat("", array.concat([message], hints))
	passed_on = {key: value |
		some key in ["text", "related"]
		value = problem[key]
	}
	found = object.union({"msg": whole, "path": problem.path}, passed_on)
}
