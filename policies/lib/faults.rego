# METADATA
# title: Findings of what readers noted
# description: |
#   Makes a finding of a note that names a field and what is wrong with it: `fault` stands behind the field's name, such as
#   "must be lower-case". What else the note holds for a finding (text, related) is handed on.
package platlint.lib.faults

# finding is the note as a finding.
finding(problem) := found if {
	hints = [hint |
		some key in ["suggestion"]
		meant = problem[key]
		hint = sprintf("; did you mean \"%s\"?", [meant])
	]
	message = sprintf("%s %s%s", [problem.field, problem.fault, concat("", hints)])
	passed_on = {key: value |
		some key in ["text", "related"]
		value = problem[key]
	}
	found = object.union({"msg": message, "path": problem.path}, passed_on)
}
