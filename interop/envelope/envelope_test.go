package envelope_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/interop/node"
	"github.com/sojourn-dev/sojourn/store/mongostore/envelope"
)

// secret meets what kruptein asks of one from 3.1.1 on.
const secret = "S3cret!! of two UPPER 42 é"

var sessions = []string{
	`{"cookie":{"originalMaxAge":60000,"expires":"2026-11-21T04:15:48.784Z","httpOnly":true,"path":"/"},"views":1}`,
	`{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"name":"é€😀","half":"\ud800","signs":"<>&\"\\\n\u0000` + "\u2028" + `","spelled":"\\ud800\\u2028\\ufffd` + "\uFFFD" + `","type":"string","value":"x"}`,
}

// job is one of testdata/stores.js.
type job struct {
	Package  string         `json:"package"`
	Kruptein string         `json:"kruptein,omitempty"`
	Options  map[string]any `json:"options"`
	Steps    []step         `json:"steps"`
}

type step struct {
	Set string `json:"set,omitempty"`
	Get string `json:"get,omitempty"`
	// Again reads what was set last.
	Again bool `json:"again,omitempty"`
}

type result struct {
	Text  string
	Error string
}

func run(t *testing.T, jobs ...job) [][]result {
	t.Helper()
	input, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	var results [][]result
	if err := json.Unmarshal([]byte(node.Run(t, "testdata/stores.js", string(input))), &results); err != nil {
		t.Fatal(err)
	}
	if len(results) != len(jobs) {
		t.Fatalf("%d results of %d jobs", len(results), len(jobs))
	}
	return results
}

func newCodec(t *testing.T, o envelope.Options) *envelope.Codec {
	t.Helper()
	if o.Secrets == nil {
		o.Secrets = []string{secret}
	}
	c, err := envelope.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// store is one of connect-mongo with options, and what seals for it.
type store struct {
	job    job
	codec  envelope.Options
	cannot string // the error with which it reads nothing, not even its own
}

func crypto(o map[string]any, stringify bool) map[string]any {
	if o["secret"] == nil {
		o["secret"] = secret
	}
	return map[string]any{"crypto": o, "stringify": stringify}
}

func web(o map[string]any, stringify bool) map[string]any {
	o["secret"] = secret
	return map[string]any{"webCrypto": o, "stringify": stringify}
}

func stores() map[string]store {
	list := map[string]store{}
	for kruptein, format := range map[string]envelope.Format{
		"3.0": envelope.Kruptein30, "3.1.1": envelope.Kruptein31, "3.1": envelope.Kruptein33,
		"3.2": envelope.Kruptein33, "3.3": envelope.Kruptein33, "3.4": envelope.Kruptein34,
	} {
		for _, p := range []string{"connect-mongo", "connect-mongo-5"} {
			for _, stringify := range []bool{true, false} {
				s := store{
					job:   job{Package: p, Kruptein: "kruptein-" + kruptein, Options: crypto(map[string]any{}, stringify)},
					codec: envelope.Options{Format: format, Object: p == "connect-mongo-5" && !stringify},
				}
				if p == "connect-mongo-5" && kruptein == "3.4" {
					s.cannot = `"[object Object]" is not valid JSON`
				}
				list[fmt.Sprintf("%s kruptein %s stringify %t", p, kruptein, stringify)] = s
			}
		}
		if kruptein == "3.1" || kruptein == "3.2" {
			continue // of one format with 3.3
		}
		for _, encoding := range []struct {
			node string
			ours envelope.Encoding
		}{{"hex", envelope.Hex}, {"base64url", envelope.Base64URL}} {
			list[fmt.Sprintf("connect-mongo kruptein %s %s", kruptein, encoding.node)] = store{
				job:   job{Package: "connect-mongo", Kruptein: "kruptein-" + kruptein, Options: crypto(map[string]any{"encodeas": encoding.node}, true)},
				codec: envelope.Options{Format: format, Encoding: encoding.ours},
			}
		}
		list[fmt.Sprintf("connect-mongo kruptein %s aes-192-gcm sha384", kruptein)] = store{
			job: job{Package: "connect-mongo", Kruptein: "kruptein-" + kruptein,
				Options: crypto(map[string]any{"algorithm": "aes-192-gcm", "hashing": "sha384", "key_size": 24}, true)},
			codec: envelope.Options{Format: format, Algorithm: "aes-192-gcm", Hash: "sha384"},
		}
	}
	list["connect-mongo weak secret"] = store{
		job:   job{Package: "connect-mongo", Options: crypto(map[string]any{"secret": "weak"}, true)},
		codec: envelope.Options{Secrets: []string{"weak"}},
	}
	list["connect-mongo WebCrypto"] = store{
		job:   job{Package: "connect-mongo", Options: web(map[string]any{}, true)},
		codec: envelope.Options{Format: envelope.WebCrypto},
	}
	list["connect-mongo WebCrypto with options"] = store{
		job:   job{Package: "connect-mongo", Options: web(map[string]any{"encoding": "hex", "salt": "pepper", "iterations": 1000}, false)},
		codec: envelope.Options{Format: envelope.WebCrypto, Encoding: envelope.Hex, WebSalt: "pepper", WebRounds: 1000},
	}
	list["connect-mongo-3"] = store{
		job:   job{Package: "connect-mongo-3", Options: map[string]any{"secret": secret}},
		codec: envelope.Options{Format: envelope.ConnectMongo3},
	}
	list["connect-mongo-3 sha256"] = store{
		job:   job{Package: "connect-mongo-3", Options: map[string]any{"secret": secret, "hashing": "sha256"}},
		codec: envelope.Options{Format: envelope.ConnectMongo3, Hash: "sha256"},
	}
	return list
}

// TestBothDirections has every store open what Go has sealed for it, and Go what
// the store has sealed.
func TestBothDirections(t *testing.T) {
	t.Parallel()
	list := stores()
	names := slices.Sorted(maps.Keys(list))
	var jobs []job
	for _, name := range names {
		s := list[name]
		for _, session := range sessions {
			text, err := newCodec(t, s.codec).Seal(session)
			if err != nil {
				t.Fatal(err)
			}
			s.job.Steps = append(s.job.Steps, step{Get: text})
		}
		for _, session := range sessions {
			s.job.Steps = append(s.job.Steps, step{Set: session})
		}
		if s.cannot != "" {
			s.job.Steps = append(s.job.Steps, step{Again: true})
		}
		jobs = append(jobs, s.job)
	}
	for i, results := range run(t, jobs...) {
		t.Run(names[i], func(t *testing.T) {
			t.Parallel()
			s := list[names[i]]
			read, written, own := results[:len(sessions)], results[len(sessions):2*len(sessions)], results[2*len(sessions):]
			for _, r := range append(own, read...) {
				if s.cannot != "" && !strings.Contains(r.Error, s.cannot) {
					t.Errorf("Node read %+v, want the error %s", r, s.cannot)
				}
			}
			codec := newCodec(t, s.codec)
			for i, session := range sessions {
				if s.cannot == "" && (read[i].Error != "" || read[i].Text != session) {
					t.Errorf("Node read %+v\nwant      %s", read[i], session)
				}
				if written[i].Error != "" {
					t.Fatalf("Node did not write: %s", written[i].Error)
				}
				if got, err := codec.Open(written[i].Text); err != nil || got != session {
					t.Errorf("Go read %q, %v\nwant    %q", got, err, session)
				}
			}
		})
	}
}

// TestWrongSecret: neither side opens what was sealed with another secret.
func TestWrongSecret(t *testing.T) {
	t.Parallel()
	const other = "An0ther!! of two UPPER 42"
	for _, s := range []store{
		{job: job{Package: "connect-mongo", Options: crypto(map[string]any{"secret": other}, true)}},
		{job: job{Package: "connect-mongo", Kruptein: "kruptein-3.4", Options: crypto(map[string]any{"secret": other}, true)}, codec: envelope.Options{Format: envelope.Kruptein34}},
		{job: job{Package: "connect-mongo-3", Options: map[string]any{"secret": other}}, codec: envelope.Options{Format: envelope.ConnectMongo3}},
	} {
		codec := newCodec(t, s.codec)
		text, err := codec.Seal(sessions[0])
		if err != nil {
			t.Fatal(err)
		}
		s.job.Steps = []step{{Get: text}, {Set: sessions[0]}}
		results := run(t, s.job)[0]
		if results[0].Error == "" {
			t.Errorf("%v: Node opened %s", s.codec.Format, results[0].Text)
		}
		if got, err := codec.Open(results[1].Text); !errors.Is(err, envelope.ErrSecret) {
			t.Errorf("%v: Go opened %q, %v", s.codec.Format, got, err)
		}
	}
}

// TestKrupteinForgetsSalts shows what [envelope.Kruptein33] warns of: with kruptein
// 3.2 and 3.3 a process that has written opens no envelope but its own.
func TestKrupteinForgetsSalts(t *testing.T) {
	t.Parallel()
	ofGo, err := newCodec(t, envelope.Options{Format: envelope.Kruptein33}).Seal(sessions[0])
	if err != nil {
		t.Fatal(err)
	}
	krupteins := []string{"3.1", "3.2", "3.3"}
	var jobs []job
	for _, k := range krupteins {
		jobs = append(jobs, job{Package: "connect-mongo", Kruptein: "kruptein-" + k, Options: crypto(map[string]any{}, true), Steps: []step{{Set: sessions[0]}}})
	}
	var readers []job
	for i, results := range run(t, jobs...) { // processes of Node that have written
		for _, text := range []string{results[0].Text, ofGo} {
			reader := jobs[i]
			reader.Steps = []step{{Get: text}, {Set: sessions[1]}, {Get: text}}
			readers = append(readers, reader)
		}
	}
	for i, results := range run(t, readers...) {
		kruptein, by := krupteins[i/2], []string{"another Node process", "Go"}[i%2]
		if results[0].Text != sessions[0] {
			t.Errorf("kruptein %s, before it writes, reads of %s: %+v", kruptein, by, results[0])
		}
		if forgets, failed := kruptein != "3.1", results[2].Error != ""; failed != forgets {
			t.Errorf("kruptein %s, after it has written, reads of %s: %+v", kruptein, by, results[2])
		}
	}
}

// TestRefusedOptions: what kruptein writes with options that are not supported is
// an error that says so as far as that can be told.
func TestRefusedOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kruptein string
		options  map[string]any
		want     error
	}{
		{"3.0", map[string]any{"algorithm": "aes-256-cbc"}, envelope.ErrFormat},
		{"3.3", map[string]any{"algorithm": "aes-256-ctr"}, envelope.ErrFormat},
		{"3.4", map[string]any{"algorithm": "aes-256-cbc"}, envelope.ErrFormat},
		{"3.4", map[string]any{"use_asn1": false}, envelope.ErrFormat},
		{"3.0", map[string]any{"hashing": "sha1"}, envelope.ErrFormat},
		{"3.0", map[string]any{"use_scrypt": true}, envelope.ErrSecret},
		{"3.4", map[string]any{"use_scrypt": true}, envelope.ErrSecret},
		{"3.0", map[string]any{"algorithm": "aes-192-gcm"}, envelope.ErrSecret},
	}
	var jobs []job
	for _, test := range tests {
		jobs = append(jobs, job{Package: "connect-mongo", Kruptein: "kruptein-" + test.kruptein, Options: crypto(test.options, true), Steps: []step{{Set: sessions[0]}}})
	}
	for i, results := range run(t, jobs...) {
		test, result := tests[i], results[0]
		if result.Error != "" {
			t.Errorf("%s %v: Node did not write: %s", test.kruptein, test.options, result.Error)
			continue
		}
		if got, err := newCodec(t, envelope.Options{}).Open(result.Text); !errors.Is(err, test.want) {
			t.Errorf("%s %v: %q, %v, want %v", test.kruptein, test.options, got, err, test.want)
		}
	}
}
