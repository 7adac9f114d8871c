// Yaml-oracle tells how kubectl reads a stream: the differential test of the crate `source` compares itself with it.
//
// Standard input: any number of streams, each as its length in decimal, a line feed and that many bytes. Standard
// output: per document a line with `value`, a tab and its JSON, or `error`, a tab and why not; then a line `end` for each
// stream. Documents with nothing but comments and blanks are left out, as kubectl ignores them.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

type document struct {
	value any
	err   error
}

// split cuts at lines that begin with `---`, and ends every line with a line feed, as kubectl's reader of streams does.
func split(stream []byte) (parts [][]byte) {
	var part bytes.Buffer
	content := false
	flush := func() {
		if content {
			parts = append(parts, bytes.Clone(part.Bytes()))
		}
		part.Reset()
		content = false
	}
	lines := bytes.Split(bytes.TrimSuffix(stream, []byte("\n")), []byte("\n"))
	for _, line := range lines {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if rest, ok := bytes.CutPrefix(line, []byte("---")); ok {
			if rest = bytes.TrimSpace(rest); len(rest) == 0 || rest[0] == '#' {
				flush()
				continue
			}
		}
		trimmed := bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))
		content = content || len(trimmed) > 0 && trimmed[0] != '#'
		part.Write(line)
		part.WriteByte('\n')
	}
	flush()
	return parts
}

// read gives the values of one part: JSON first where it looks like JSON, as kubectl tries it.
func read(part []byte) (documents []document) {
	if trimmed := bytes.TrimSpace(part); trimmed[0] == '{' || trimmed[0] == '[' {
		decoder := json.NewDecoder(bytes.NewReader(part))
		decoder.UseNumber()
		for {
			var value any
			err := decoder.Decode(&value)
			if err == io.EOF {
				return documents
			}
			if err != nil {
				documents = nil
				break
			}
			documents = append(documents, document{value: numbers(value)})
		}
	}
	text, err := yaml.YAMLToJSON(part)
	if err != nil {
		return []document{{err: err}}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return []document{{err: err}}
	}
	return []document{{value: numbers(value)}}
}

// numbers makes integers of what fits and floats of the rest, as the decoder of the API machinery does.
func numbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		if number, err := strconv.ParseInt(value.String(), 10, 64); err == nil {
			return number
		}
		if number, err := strconv.ParseUint(value.String(), 10, 64); err == nil {
			return number
		}
		number, _ := value.Float64()
		return number
	case map[string]any:
		for key := range value {
			value[key] = numbers(value[key])
		}
	case []any:
		for index := range value {
			value[index] = numbers(value[index])
		}
	}
	return value
}

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return
		}
		length, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			fmt.Fprintln(os.Stderr, "a length is expected:", err)
			os.Exit(2)
		}
		stream := make([]byte, length)
		if _, err := io.ReadFull(in, stream); err != nil {
			fmt.Fprintln(os.Stderr, "the stream is shorter than its length:", err)
			os.Exit(2)
		}
		for _, part := range split(stream) {
			for _, document := range read(part) {
				if document.err != nil {
					fmt.Fprintf(out, "error\t%q\n", document.err.Error())
					continue
				}
				fmt.Fprint(out, "value\t")
				if err := encoder.Encode(document.value); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(2)
				}
			}
		}
		fmt.Fprintln(out, "end")
		out.Flush()
	}
}
