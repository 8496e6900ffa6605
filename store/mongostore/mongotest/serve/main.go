// Serve runs a server of package mongotest for tests whose modules are not to
// require FerretDB, because its requirements would decide the versions that their
// users get. It prints the URL of an empty database. Then it does what each line of
// its standard input says (pause, resume, stop or restart), answers each with a line
// that says "done", and ends with its input.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"slices"
	"testing"

	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

func main() {
	log.SetFlags(0)
	p := &program{}
	defer p.end()
	p.serve()
}

func (p *program) serve() {
	s := mongotest.Start(p)
	fmt.Println(s.URL())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); fmt.Println("done") {
		switch line := lines.Text(); line {
		case "pause":
			s.Pause()
		case "resume":
			s.Resume()
		case "stop":
			s.Stop()
		case "restart":
			s.Restart(p)
		default:
			p.Fatalf("unknown command %q", line)
		}
	}
}

// program stands in for a test: it is what a server belongs to.
type program struct {
	testing.TB // nil; all that package mongotest calls is below
	cleanups   []func()
}

func (p *program) Helper() {}

func (p *program) Errorf(format string, args ...any) { log.Printf(format, args...) }

func (p *program) Fatal(args ...any) {
	log.Print(args...)
	p.end()
	os.Exit(1)
}

func (p *program) Fatalf(format string, args ...any) { p.Fatal(fmt.Sprintf(format, args...)) }

func (p *program) Cleanup(f func()) { p.cleanups = append(p.cleanups, f) }

func (p *program) TempDir() string {
	dir, err := os.MkdirTemp("", "mongotest")
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (p *program) end() {
	for _, f := range slices.Backward(p.cleanups) {
		f()
	}
	p.cleanups = nil
}
