package endtoend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/stores"
)

// Job is an application that a Go library serves.
type Job struct {
	// Library is its name.
	Library string
	// Engine and URL are where it keeps its sessions.
	Engine, URL string
	// TouchAfter is our option of that name.
	TouchAfter time.Duration
	// Profile is the file that a profile of the processor time is written to,
	// "" for none.
	Profile string
}

const jobName = "end-to-end"

// Jobs are those that a program which uses this package has to serve.
func Jobs() map[string]isolate.Job {
	return map[string]isolate.Job{jobName: isolate.Of(Serve)}
}

// Serve prints the address of an application on standard output and serves it
// until standard input ends.
func Serve(j Job) (done struct{}, err error) {
	l, ok := app.Find(j.Library)
	if !ok {
		return done, fmt.Errorf("no library is called %q", j.Library)
	}
	config := app.Config{TouchAfter: j.TouchAfter}
	closeStore, err := stores.Open(context.Background(), j.Library, j.Engine, j.URL, &config)
	if err != nil {
		return done, err
	}
	a := l.Build(config)
	if a.Handler == nil {
		return done, errors.Join(fmt.Errorf("%s is not one of net/http", j.Library), closeStore())
	}
	err = profiled(j.Profile, func() error { return serve(a.Handler) })
	return done, errors.Join(err, closeStore())
}

func serve(h http.Handler) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Printf("http://%s\n", listener.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	err = errors.Join(err, server.Close())
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// profiled writes a profile of what f does to a file.
func profiled(file string, f func() error) error {
	if file == "" {
		return f()
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return errors.Join(err, out.Close())
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, out.Close())
}
