package conformance

import "encoding/json"

// instance is a case: a server with its options and records, and the requests to it.
type instance struct {
	Name     string     `json:"-"`
	Start    int64      `json:"start"` // in Unix milliseconds, as all instants here
	Options  options    `json:"options"`
	Records  []record   `json:"records"`
	Requests []*request `json:"requests"`
}

// options are those of express-session that have a counterpart.
type options struct {
	Name              string   `json:"name,omitempty"`
	Secrets           []string `json:"secrets"`
	Resave            bool     `json:"resave,omitempty"`
	SaveUninitialized bool     `json:"saveUninitialized,omitempty"`
	Rolling           bool     `json:"rolling,omitempty"`
	Unset             string   `json:"unset,omitempty"`
	Proxy             bool     `json:"proxy,omitempty"`
	Cookie            settings `json:"cookie"`
	CookieFunc        bool     `json:"cookieFunc,omitempty"` // the settings come from a function

	ID      string `json:"id,omitempty"`      // all that genid returns
	Fail    string `json:"fail,omitempty"`    // the call of the store that fails: get, set, touch, delete
	Lenient bool   `json:"lenient,omitempty"` // the store returns what has expired
}

// settings are those of a cookie in the options.
type settings struct {
	Path        string `json:"path,omitempty"`
	Domain      string `json:"domain,omitempty"`
	MaxAge      *int64 `json:"maxAge,omitempty"`
	Expires     *int64 `json:"expires,omitempty"`
	HTTPOnly    *bool  `json:"httpOnly,omitempty"`
	Secure      any    `json:"secure,omitempty"` // true or "auto"
	SameSite    string `json:"sameSite,omitempty"`
	Partitioned bool   `json:"partitioned,omitempty"`
	Priority    string `json:"priority,omitempty"`
}

// record is what a store holds under an id.
type record struct {
	ID      string `json:"id"`
	Data    string `json:"data"`
	Expires int64  `json:"expires"`
}

// request is a request and what its handler does.
type request struct {
	exchange
	Wait    int64     `json:"wait,omitempty"` // milliseconds before it
	Instead *variant  `json:"instead,omitempty"`
	Tails   []variant `json:"tails,omitempty"`
	Prefix  *variant  `json:"prefix,omitempty"` // Instead, had the handler ended when it sent the header
	Merged  *variant  `json:"merged,omitempty"` // Instead, had the others been there before

	rules []*rule // that asked for Instead
}

// exchange is what both sides are asked to do.
type exchange struct {
	Method  string   `json:"method,omitempty"`
	Path    string   `json:"path,omitempty"`
	HTTPS   bool     `json:"https,omitempty"`
	Proto   string   `json:"proto,omitempty"` // X-Forwarded-Proto
	Outside bool     `json:"-"`               // it comes from an address that is no trusted proxy's
	Cookie  string   `json:"cookie,omitempty"`
	Jar     bool     `json:"jar,omitempty"` // it brings the cookie that was set last
	Actions []action `json:"actions"`
}

// variant is another request that a rule asks Express for, which then is not to
// have happened: instead of one that the two sides take differently, or for what
// our handler does after Destroy.
type variant struct {
	Options options  `json:"options"`
	Request exchange `json:"request"`
	Hide    []string `json:"hide,omitempty"`   // records that are not there
	Others  int      `json:"others,omitempty"` // how many other requests have changed the records before
	Masks   []mask   `json:"masks,omitempty"`  // texts that stand in records in place of others
}

type mask struct {
	Is string `json:"is"`
	As string `json:"as"`
}

// action is one thing that a handler does.
type action struct {
	Do    string `json:"do"`
	Key   string `json:"key,omitempty"`
	Value string `json:"value,omitempty"`
	MS    *int64 `json:"ms,omitempty"`
	On    bool   `json:"on,omitempty"`
}

// outcome is what has to be equal.
type outcome struct {
	Status       int      `json:"status"` // 0 if the handler panicked
	SetCookie    []string `json:"setCookie"`
	CacheControl string   `json:"-"`
	Vary         string   `json:"-"`
	Ops          []op     `json:"ops"`
	Records      []record `json:"records"`
	Asked        int      `json:"asked"` // how often the function for the settings was called
}

// op is a call of the store: get, create, save, touch or delete.
type op struct {
	Do      string `json:"do"`
	ID      string `json:"id"`
	Data    string `json:"data,omitempty"`
	Expires int64  `json:"expires,omitempty"`
	Failed  bool   `json:"failed,omitempty"`

	Found bool `json:"found,omitempty"` // by a delete of Express
	At    int  `json:"at,omitempty"`    // the action; their number after the last
	void  bool // it changed nothing
}

// trace is what Express did, and what else it tells about it.
type trace struct {
	outcome
	Sent  string  `json:"sent"` // the Cookie header
	IDs   int     `json:"ids"`  // how many were generated
	Start *state  `json:"start"`
	Acts  []acted `json:"acts"` // before each action, and at the end
	Left  *state  `json:"left"` // at the end, nil without a session
}

// state is a session as it would be stored, and its cookie.
type state struct {
	ID       string `json:"id"`
	Data     string `json:"data"`
	Expires  int64  `json:"expires"`
	Settings string `json:"settings"`
	Cookie   string `json:"cookie"`
	Clear    string `json:"clear"` // what ends the cookie
}

type acted struct {
	Settings string `json:"settings"` // of the cookie before the action
	Error    string `json:"error"`    // of the action
	Saved    *state `json:"saved"`    // what a save stored
}

// step is a request on the side of Express.
type step struct {
	Now     int64   `json:"now"`
	Main    trace   `json:"main"`
	Instead *trace  `json:"instead"`
	Tails   []trace `json:"tails"`
	Prefix  *trace  `json:"prefix"`
	Merged  *trace  `json:"merged"`
}

type answer struct {
	Steps []step `json:"steps"`
	Error string `json:"error"`
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
