module github.com/platlint/platlint/tools/noop-hook

go 1.26.0
