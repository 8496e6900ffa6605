package engine

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestParseProcess(t *testing.T) {
	t.Parallel()
	const line = "12 (a ) b) S 7 12 12 0 -1 4194304 100 200 3 4 150 50 30 20 20 0 1 0 555 1000 10"
	p, err := parseProcess(line)
	if want := (process{pid: 12, parent: 7, own: 2 * time.Second, reaped: 500 * time.Millisecond}); err != nil || p != want {
		t.Errorf("%+v, %v, want %+v", p, err, want)
	}
	for _, bad := range []string{"", "12 (a) S", "x (a) S 7 12 12 0 -1 4194304 100 200 3 4 150 50 30 20 20 0"} {
		if _, err := parseProcess(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// A family is a process with its children and theirs, and nobody else.
func TestFamily(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sh", "-c", "sleep 600 & (sleep 600 & echo; wait) & wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all []process
	defer func() {
		for _, p := range all {
			if child, err := os.FindProcess(p.pid); err == nil {
				child.Kill()
			}
		}
		cmd.Wait()
	}()
	if _, err := out.Read(make([]byte, 1)); err != nil { // all are there
		t.Fatal(err)
	}
	if all, err = family(cmd.Process.Pid); err != nil || len(all) != 4 {
		t.Fatalf("%+v, %v", all, err)
	}
	if all[0].pid != cmd.Process.Pid {
		t.Errorf("%+v does not begin with %d", all, cmd.Process.Pid)
	}
}
