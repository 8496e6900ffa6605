package costs

import (
	"context"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// Options say what is measured.
type Options struct {
	// Sessions is how many are kept, a hundredth of them in FerretDB.
	Sessions int
	// Time is how long each operation is measured.
	Time time.Duration
	// File is where the figures are written to, for the simulation of fleets.
	File string
	// Stamp says where and when this is.
	Stamp string
	// Progress is told what is done next.
	Progress func(string)
}

// engines are those that are measured.
var engines = []string{engine.Memory, engine.SQLite, engine.Redis, engine.Postgres, engine.MySQL, engine.MongoDB}

// Measure measures all engines and writes the figures into a file.
func Measure(ctx context.Context, o Options) (*report.Section, error) {
	f := &Figures{Stamp: o.Stamp}
	for _, name := range engines {
		o.Progress(name)
		j := Job{Engine: name, Sessions: o.Sessions, Time: o.Time, Callers: usualCallers}
		if name == engine.MongoDB {
			j.Sessions = max(o.Sessions/100, 4*usualCallers) // it looks at all of them with each read
		}
		e, err := isolate.Run[Engine](ctx, jobName, j)
		if err != nil {
			return nil, err
		}
		f.Engines = append(f.Engines, e)
	}
	if err := f.Write(o.File); err != nil {
		return nil, err
	}
	s := &report.Section{Name: "costs", Title: "What a session costs"}
	s.Printf("Our stores, with sessions as a login makes them: the three small keys, bound to a user, %d calls at a time. [scaling.md](scaling.md) computes with these figures.\n\n%s", usualCallers, f.Tables())
	return s, nil
}

// Tables shows the figures.
func (f *Figures) Tables() string {
	space := report.Table{Head: []string{"", "", "sessions there", "bytes a session", "more if noted as a user's", "a further byte", "of", "a write is safe"}}
	server := report.Table{Head: []string{"microseconds of the server"}}
	program := report.Table{Head: []string{"microseconds of the program"}}
	log := report.Table{Head: []string{"bytes of the log"}}
	wire := report.Table{Head: []string{"bytes sent and received"}}
	commands := report.Table{Head: []string{"commands"}}
	tables := []*report.Table{&server, &program, &log, &wire, &commands}
	for _, t := range tables {
		for _, o := range order {
			t.Head = append(t.Head, o.String())
		}
	}
	for i := range f.Engines {
		e := &f.Engines[i]
		of := "disk"
		if e.InMemory() {
			of = "memory"
		}
		space.Row(e.Title, e.Server, report.Number(float64(e.Sessions)), report.Number(e.Bytes), report.Number(e.Noted), report.Number(e.Further), of, e.Durability)
		row := func(t *report.Table, text func(Cost) string) {
			cells := []string{e.Title}
			for _, o := range order {
				cells = append(cells, text(e.Operations[o]))
			}
			t.Row(cells...)
		}
		row(&program, func(c Cost) string { return report.Number(c.ClientCPU / 1e3) })
		if e.Embedded() && e.Name != engine.SQLite {
			continue
		}
		row(&log, func(c Cost) string { return report.Number(c.Written) })
		if e.Embedded() {
			continue
		}
		row(&server, func(c Cost) string { return report.Number(c.ServerCPU / 1e3) })
		row(&wire, func(c Cost) string { return fmt.Sprintf("%s + %s", report.Number(c.Sent), report.Number(c.Received)) })
		row(&commands, func(c Cost) string { return report.Number(c.Commands) })
	}
	text := space.String()
	for _, t := range tables {
		text += t.String()
	}
	return text + "How many a second one core of the server does is a million by its microseconds. " +
		"FerretDB, on SQLite, is not MongoDB, and what it costs says nothing of that one: it looks at all documents with each read. What it writes is not known. " +
		"Its proxy, which the tests have in front of it, counts among the program's.\n"
}
