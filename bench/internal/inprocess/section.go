package inprocess

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// Measure measures all operations of all libraries.
func Measure(ctx context.Context, o Options) (*report.Section, error) {
	j := Job{Procs: processors(), Time: o.Time}
	for i := range Operations {
		j.Operations = append(j.Operations, i)
	}
	costs, err := rounds(ctx, o, o.Libraries, j)
	if err != nil {
		return nil, err
	}
	return section(o, costs), nil
}

func section(o Options, costs Costs) *report.Section {
	s := &report.Section{Name: "in-process", Title: "What a request costs, in process"}
	s.Printf("Requests go straight to the library's handler, with a ResponseWriter that costs nothing, one after the other. Medians of %d rounds of %v, "+
		"with the least and the most; in each round all libraries are measured in turn, in processes of their own. "+
		"Each worker has one session. Allocations and bytes are those of a request.\n\n"+
		"*Floor* is the least that a signed session at the server can cost: find the cookie, compute its HMAC with a pooled hash and compare it, "+
		"look the record up under a lock, make a request with a context, decode one value; to write, encode it, splice it into the record and swap that under "+
		"the lock. Rows without a session (*net/http*, *gin*, *fiber*, *iris*) are the bare framework.\n\n", o.Rounds, o.Time)
	s.Printf("%s", targets(costs).String())
	for i, op := range Operations {
		var plot report.Plot
		table := report.Table{Head: []string{op.Name, "ns, 1 core", fmt.Sprintf("ns, %d cores", runtime.NumCPU()), "allocations", "bytes", "× sojourn"}}
		withFloor := costs.Nanos(app.Floor, i, 1) != nil
		if withFloor {
			table.Head = append(table.Head, "× floor")
		}
		for _, l := range o.Libraries {
			if costs.Nanos(l.Name, i, 1) == nil {
				continue
			}
			one := measure.Sum(costs.Nanos(l.Name, i, 1))
			allocs, bytes := costs.allocs(l.Name, i)
			row := []string{report.Name(l.Name), report.Range(one), report.Number(measure.Sum(costs.Nanos(l.Name, i, runtime.NumCPU())).Median),
				report.Number(math.Round(allocs)), report.Number(math.Round(bytes)), costs.ratio(l.Name, app.Ours, i)}
			if withFloor {
				row = append(row, costs.ratio(l.Name, app.Floor, i))
			}
			table.Row(row...)
			plot.Rows = append(plot.Rows, report.PlotRow{Label: l.Name, Values: []float64{one.Median}, Strong: l.Name == app.Ours})
		}
		if len(table.Rows) == 0 {
			continue
		}
		s.Printf("### %s\n\n%s", strings.ToUpper(op.Name[:1])+op.Name[1:], table.String())
		if op.Cookie && op.Route == app.Pass {
			continue
		}
		plot.Title, plot.Unit, plot.Series = "A request: "+op.Name, "nanoseconds on one core, logarithmic", []string{"ns"}
		s.Add(fmt.Sprintf("in-process-%d", i+1), "Nanoseconds a request: "+op.Name, plot.SVG())
	}
	return s
}

// ratio returns how many times as much as another a library takes on one
// processor.
func (c Costs) ratio(library, other string, operation int) string {
	if x, ok := c.times(library, other, operation); ok {
		return report.Number(x)
	}
	return "–"
}

func (c Costs) times(library, other string, operation int) (float64, bool) {
	a, b := c.Nanos(library, operation, 1), c.Nanos(other, operation, 1)
	if len(a) == 0 || len(b) == 0 {
		return 0, false
	}
	return measure.Ratio(a, b).Median, true
}

func targets(c Costs) *report.Targets {
	t := new(report.Targets)
	number := func(route app.Route) int {
		return slices.IndexFunc(Operations, func(op Operation) bool { return op.Route == route })
	}
	read, write, create := number(app.Read), number(app.ReadWrite), number(app.Create)
	if x, ok := c.times(app.Ours, app.Floor, read); ok {
		t.Below("read, × its floor", x, 1.5)
		allocs, _ := c.allocs(app.Ours, read)
		t.Below("read, allocations", math.Round(allocs), 8)
	}
	if x, ok := c.times(app.Ours, app.Floor, write); ok {
		t.Below("read and write, × its floor", x, 2)
	}
	for _, peer := range []string{"scs", "gorilla, memory", "gorilla, cookie", "gin, memory", "gin, cookie", "fiber, session"} {
		if x, ok := c.times(peer, app.Ours, read); ok {
			t.Above("read, times as fast as "+peer, x, 15)
		}
	}
	if x, ok := c.times("scs", app.Ours, create); ok {
		t.Above("create, times as fast as scs", x, 3)
	}
	return t
}
