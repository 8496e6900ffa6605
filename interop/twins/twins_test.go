package twins_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
)

// scenarios are what every engine is put through.
var scenarios = []struct {
	name string
	run  func(*testing.T, *pair)
	on   func(engine) bool // nil is all
}{
	{"Login", logIn, nil},
	{"Logout", logOut, nil},
	{"Regenerate", regenerate, nil},
	{"SecretRotation", rotateSecrets, inClear},
	{"Touch", touch, inClear},
	{"Lifetime", lifetime, inClear},
	{"Remember", remember, inClear},
	{"Expire", expire, inClear},
	{"Bytes", keepBytes, asText},
	{"CookieBytes", keepCookieBytes, asText},
	{"BytesOfExpress", keepBytesOfExpress, asText},
	{"WhatExpressChanges", normalise, asText},
	{"EqualRecords", equalRecords, asText},
	{"Documents", documents, asDocuments},
	{"LastModified", lastModified, isMongo},
	{"SlowGo", overlapSlowGo, inClear},
	{"SlowExpress", overlapSlowExpress, inClear},
	{"Crowd", crowd, inClear},
	{"CrowdWithoutTurns", crowdWithoutTurns, inClear},
}

func inClear(e engine) bool     { return !e.encrypted }
func asText(e engine) bool      { return !e.documents && !e.encrypted }
func asDocuments(e engine) bool { return e.documents }
func isMongo(e engine) bool     { return strings.HasPrefix(e.name, "mongodb") && !e.encrypted }

// TestTwins runs all scenarios on all engines.
func TestTwins(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			b := e.start(t)
			node := startExpress(t, e.name, b.address())
			for _, s := range scenarios {
				if s.on != nil && !s.on(e) {
					continue
				}
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					b := b.apart(t, s.name)
					s.run(t, &pair{engine: e, backend: b, node: node, records: b.open(t)})
				})
			}
		})
	}
}

// pair is what a scenario has: an engine on which it can start applications of
// both kinds.
type pair struct {
	engine
	backend
	node    *express
	records store.Store
}

// applications starts one on each side, with the same options.
func (p *pair) applications(t *testing.T, o options) (express side, ours *twin) {
	t.Helper()
	return p.express(t, o), p.twin(t, p.records, o)
}

func (p *pair) express(t *testing.T, o options) side {
	t.Helper()
	if b, ok := p.backend.(*mongoBackend); ok {
		o.Collection = b.collection
	}
	return p.node.application(t, o.withSecrets())
}

// twin is for a store that is not opened as usual.
func (p *pair) twin(t *testing.T, records store.Store, o options) *twin {
	t.Helper()
	return startTwin(t, records, p.ttl(0), o.withSecrets())
}

func (o options) withSecrets() options {
	if o.Secrets == nil {
		o.Secrets = []string{"a secret that the twins share"}
	}
	return o
}

// bothWays runs f for each direction, one after the other.
func bothWays(t *testing.T, express side, ours *twin, f func(t *testing.T, one, other side)) {
	t.Helper()
	t.Run("Express first", func(t *testing.T) { f(t, express, ours) })
	t.Run("Go first", func(t *testing.T) { f(t, ours, express) })
}

// TestScenariosAreDocumented: docs/express.md says of each scenario what it shows,
// and of nothing else.
func TestScenariosAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/express.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Proven by\n")
	section, _, _ = strings.Cut(section, "\n## ")
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[A-Z].*`) \\|").FindAllStringSubmatch(section, -1) {
		for _, name := range strings.Split(row[1], ", ") {
			documented[strings.Trim(name, "`")] = true
		}
	}
	for _, s := range scenarios {
		if !documented[s.name] {
			t.Errorf("docs/express.md does not say what %s shows", s.name)
		}
		delete(documented, s.name)
	}
	for name := range documented {
		if name != "TestTwins/<engine>/…" {
			t.Errorf("docs/express.md has a scenario %s that is not there", name)
		}
	}
}
