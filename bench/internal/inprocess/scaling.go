package inprocess

import (
	"context"
	"fmt"
	"runtime"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// MeasureScaling measures how much more all processors do than one does, while
// there are many sessions.
func MeasureScaling(ctx context.Context, o Options) (*report.Section, error) {
	var libraries []app.Library
	for _, l := range o.Libraries {
		if l.Server || l.Name == app.Floor {
			libraries = append(libraries, l)
		}
	}
	costs, err := rounds(ctx, o, libraries, Job{Operations: []int{0, 1}, Procs: processors(), Sessions: o.Sessions, Time: o.Time})
	if err != nil {
		return nil, err
	}
	return scalingSection(o, libraries, costs), nil
}

func scalingSection(o Options, libraries []app.Library, costs Costs) *report.Section {
	cores := runtime.NumCPU()
	s := &report.Section{Name: "scaling", Title: fmt.Sprintf("From one core to %d, with %s sessions", cores, report.Number(float64(o.Sessions)))}
	s.Printf("As above, but each request is for another session. A perfect machine and library would do %d times as much. "+
		"What the floor does not reach is the machine's: two virtual processors may share one real core. "+
		"Medians of %d rounds of %v; the factor is that of each round.\n\n", cores, o.Rounds, o.Time)
	var targets report.Targets
	for i := range 2 {
		table := report.Table{Head: []string{Operations[i].Name, "ns, 1 core", fmt.Sprintf("ns, %d cores", cores), "times as much"}}
		for _, l := range libraries {
			one, all := costs.Nanos(l.Name, i, 1), costs.Nanos(l.Name, i, cores)
			if len(one) == 0 || len(all) == 0 {
				continue
			}
			factor := measure.Ratio(one, all)
			table.Row(report.Name(l.Name), report.Range(measure.Sum(one)), report.Range(measure.Sum(all)), report.Range(factor))
			if l.Name == app.Ours && cores == 2 {
				targets.Above(Operations[i].Name+", two cores to one", factor.Median, 1.7)
			}
		}
		s.Printf("%s", table.String())
	}
	s.Printf("%s", targets.String())
	return s
}
