package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
)

// Table is a table of Markdown. Columns but the first are aligned to the right.
type Table struct {
	// Head names the columns.
	Head []string
	// Rows are the cells.
	Rows [][]string
}

// Row adds a row.
func (t *Table) Row(cells ...string) { t.Rows = append(t.Rows, cells) }

func (t *Table) String() string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.Head)
	b.WriteString("|---|" + strings.Repeat("---:|", len(t.Head)-1) + "\n")
	for _, row := range t.Rows {
		line(row)
	}
	b.WriteString("\n")
	return b.String()
}

// Number writes a number as it is read: three digits that count, and commas
// between thousands.
func Number(x float64) string {
	switch abs := math.Abs(x); {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "–"
	case abs >= 100 || x == math.Trunc(x):
		return thousands(strconv.FormatFloat(x, 'f', 0, 64))
	case abs >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case abs >= 0.1:
		return strconv.FormatFloat(x, 'f', 2, 64)
	default:
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
}

func thousands(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Range writes a spread with its extremes.
func Range(s measure.Spread) string {
	return fmt.Sprintf("%s (%s–%s)", Number(s.Median), Number(s.Min), Number(s.Max))
}

// Percent writes a share.
func Percent(share float64) string {
	return strconv.FormatFloat(100*share, 'f', 1, 64) + " %"
}

// Name writes a library's name, ours so that the eye finds it.
func Name(library string) string {
	if library == app.Ours {
		return "**" + library + "**"
	}
	return library
}

// Targets is a table of what was to be reached and what was.
type Targets struct{ table Table }

// Below adds a target that is met by at most limit.
func (t *Targets) Below(what string, got, limit float64) {
	t.add(what, "≤ ", got, limit, got <= limit)
}

// Above adds a target that is met by at least limit.
func (t *Targets) Above(what string, got, limit float64) {
	t.add(what, "≥ ", got, limit, got >= limit)
}

func (t *Targets) add(what, sign string, got, limit float64, met bool) {
	verdict := "met"
	if !met {
		verdict = "**missed**"
	}
	t.table.Row(what, sign+Number(limit), Number(got), verdict)
}

func (t *Targets) String() string {
	t.table.Head = []string{"target", "to be", "is", ""}
	return t.table.String()
}
