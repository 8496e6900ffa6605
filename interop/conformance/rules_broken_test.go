package conformance

import (
	"net/http"
	"slices"
)

// breaking are the rules about stores that fail, handlers that do, and changes
// that come too late.
func breaking() ruleset {
	return ruleset{
		{
			name:    "failed load",
			row:     "fails with 500 when the session cannot be loaded, before the handler",
			predict: failedLoad,
		},
		{
			name:    "failed operation",
			row:     "reports a failed `set` or `destroy` after a response of 200 has left",
			predict: failedOperation,
		},
		{
			name:    "failed touch",
			row:     "sends the cookie even if the store has failed to extend the session",
			predict: failedTouch,
		},
		{
			name:    "taken id",
			row:     "saves nothing if `genid` returns no string, stores under `''`, and overwrites the record of an id that exists",
			predict: takenID,
		},
		{
			name:    "panic",
			row:     "stores the session when the handler has thrown and an error page is sent",
			predict: panics,
		},
		{
			name:    "stored before the header",
			row:     "sends the header, and often the body, while the store is still at work",
			predict: storedBeforeHeader,
		},
		{
			name:    "new session after the header",
			row:     "stores a new session that is changed after the header, without a cookie",
			predict: newAfterHeader,
		},
		{
			name:    "regenerate after the header",
			row:     "`regenerate` after the header removes the session and stores one nobody can find",
			predict: regenerateAfterHeader,
		},
	}
}

func failedLoad(p *prediction) {
	if p.c.Options.Fail == "get" && p.Status == http.StatusInternalServerError && p.tr.Start == nil {
		p.fail(http.StatusServiceUnavailable)
	}
}

func failedOperation(p *prediction) {
	i := slices.IndexFunc(p.Ops, func(o op) bool { return o.Failed && o.Do != "touch" && o.Do != "get" })
	if i < 0 {
		return
	}
	failed := p.Ops[i]
	p.Ops = p.Ops[:i+1]
	if failed.Do == "delete" && i > 0 && p.Ops[i-1].Do == "create" { // away with the new id, which fails too
		p.Ops = append(p.Ops, op{Do: "delete", ID: p.Ops[i-1].ID, Failed: true})
	}
	p.fail(http.StatusServiceUnavailable)
}

func failedTouch(p *prediction) {
	if n := len(p.Ops); n > 0 && p.Ops[n-1].Do == "touch" && p.Ops[n-1].Failed && p.lastAction("save") < 0 {
		p.SetCookie = nil
	}
}

func takenID(p *prediction) {
	id := p.v.Options.ID
	i := slices.IndexFunc(p.Ops, func(o op) bool { return o.Do == "save" && o.ID == id })
	if id == "" || i < 0 || !p.had(id) || p.main.Sent != "" && p.Ops[0].ID == id {
		return
	}
	o := p.Ops[i]
	o.Do, o.void = "create", true
	p.Ops = append(p.Ops[:i], o, o, o)
	p.fail(http.StatusServiceUnavailable)
}

func panics(p *prediction) {
	i := slices.IndexFunc(p.v.Request.Actions, func(a action) bool { return a.Do == "throw" })
	if i < 0 {
		return
	}
	p.outcome = outcome{Ops: slices.DeleteFunc(p.Ops, func(o op) bool { return o.At >= i }), Asked: p.Asked}
}

// flushed reports whether the header has been sent before the last action.
func (p *prediction) flushed() bool { return p.end() == 3 && p.does(1, "flush") }

// storedBeforeHeader stores what there is at the header, and then what comes.
func storedBeforeHeader(p *prediction) {
	if !p.flushed() {
		return
	}
	last := p.v.Request.Actions[2]
	p.outcome = p.prefix.outcome
	id := ""
	if p.prefix.tr.Left != nil {
		id = p.prefix.tr.Left.ID
	}
	stored := p.had(id) || slices.ContainsFunc(p.Ops, func(o op) bool { return o.Do == "create" && o.ID == id })
	change := op{Do: "save", ID: id}
	if p.tr.Left != nil {
		change.Data, change.Expires = p.tr.Left.Data, p.tr.Left.Expires
	}
	p.late = last.Do
	switch {
	case last.Do == "noop", last.Do == "revert":
	case last.Do == "regenerate":
		p.Ops = append(p.Ops, change) // to be taken back
	case last.Do == "destroy" && stored:
		p.Ops = append(p.Ops, op{Do: "delete", ID: id})
	case last.Do != "destroy" && (stored || last.Do != "save"):
		if !stored {
			change.Do = "create"
		}
		p.Ops = append(p.Ops, change)
	case last.Do == "save":
		change.Do = "create"
		p.Ops = append(p.Ops, change)
	}
}

func newAfterHeader(p *prediction) {
	if n := len(p.Ops); p.flushed() && p.late != "noop" && p.late != "regenerate" && n > 0 && p.Ops[n-1].Do == "create" && n > len(p.prefix.Ops) {
		p.Ops = p.Ops[:n-1]
	}
}

func regenerateAfterHeader(p *prediction) {
	if p.flushed() && p.late == "regenerate" {
		p.Ops = p.Ops[:len(p.Ops)-1]
	}
}
