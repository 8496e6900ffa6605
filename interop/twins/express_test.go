package twins_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/interop/node"
)

// options are those of an application, on either side.
type options struct {
	Secrets []string `json:"secrets"`
	MaxAge  int      `json:"maxAge"` // milliseconds; 0 is a session that ends with the browser
	Rolling bool     `json:"rolling"`
	// TouchAfter, in seconds, is for connect-mongo: a session that was modified
	// less than that ago is not touched.
	TouchAfter int `json:"touchAfter"`
	// Collection is for connect-mongo, too.
	Collection string `json:"collection"`
}

// side is one of the two applications.
type side interface {
	// String is the name of the side.
	String() string
	url() string
	// reached waits until a request is held in its handler under a name.
	reached(t *testing.T, name string)
	// open lets the request that is or will be held under the name go on.
	open(t *testing.T, name string)
	// rotate replaces the secrets while the application runs.
	rotate(t *testing.T, secrets ...string)
}

// express is a process of Node with applications on one engine.
type express struct {
	program *node.Program
	mu      sync.Mutex // the program answers one line at a time
}

func startExpress(t *testing.T, engine, address string) *express {
	t.Helper()
	p := node.Start(t, "testdata/express.js", "ENGINE="+engine, "ADDRESS="+address, "NODE_ENV=test")
	if p.Ready != "ready" {
		t.Fatalf("Express says %q", p.Ready)
	}
	return &express{program: p}
}

// application starts another application, which lives as long as the process.
func (e *express) application(t *testing.T, o options) side {
	t.Helper()
	line, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.program.WriteLine(string(line)); err != nil {
		t.Fatal(err)
	}
	at := e.program.ReadLine()
	if at == "" {
		t.Fatal("Express has ended")
	}
	return expressApplication(at)
}

// expressApplication is an application's address.
type expressApplication string

func (expressApplication) String() string { return "Express" }

func (a expressApplication) url() string { return string(a) }

func (a expressApplication) reached(t *testing.T, name string) {
	t.Helper()
	a.control(t, "reached/"+name, nil)
}

func (a expressApplication) open(t *testing.T, name string) {
	t.Helper()
	a.control(t, "open/"+name, nil)
}

func (a expressApplication) rotate(t *testing.T, secrets ...string) {
	t.Helper()
	a.control(t, "secrets", secrets)
}

func (a expressApplication) control(t *testing.T, what string, body any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: patience}
	resp, err := client.Post(string(a)+"/control/"+what, "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("control/%s: %s", what, resp.Status)
	}
}
