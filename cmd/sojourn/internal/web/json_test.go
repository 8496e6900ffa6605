package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// parsed is an answer to a program.
type parsed struct {
	Msg    string            `json:"msg"`
	Data   json.RawMessage   `json:"data"`
	Errors map[string]string `json:"errors"`
}

// call sends a JSON body, or none, and parses the answer.
func (b *browser) call(method, path, body string) (answer, parsed) {
	b.site.t.Helper()
	headers := []string{"Accept", "application/json"}
	if method == http.MethodPost {
		headers = append(headers, "Content-Type", "application/json")
	}
	a := b.send(method, path, body, headers...)
	var p parsed
	if got := a.Header.Get("Content-Type"); got != "application/json" {
		b.site.t.Errorf("%s %s: %s, %q: %s", method, path, a.Status, got, a.body)
	} else if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Msg == "" {
		b.site.t.Errorf("%s %s: %v: %s", method, path, err, a.body)
	}
	return a, p
}

// A program goes through what people do, and is told the same.
func TestJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	for _, step := range []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{"GET", "/dashboard", "", 401, "Not logged in"},
		{"GET", "/sessions", "", 401, ""},
		{"POST", "/sessions/end-others", "{}", 401, ""},
		{"POST", "/password", `{"current":"x","password":"y"}`, 401, ""},
		{"POST", "/register", `{"username":"Ada","password":"` + password + `"}`, 201, `"username":"Ada"`},
		{"GET", "/dashboard", "", 200, `"username":"Ada"`},
		{"POST", "/register", `{"username":"ada","password":"` + password + `"}`, 409, `"errors":{"username":"This name is taken`},
		{"POST", "/register", `{"username":"Eve","password":"short"}`, 400, `"errors":{"password":"Use at least 8 characters."}`},
		{"POST", "/register", `{"username":"Eve","password":"password123"}`, 400, `"password":"Many people`},
		{"POST", "/register", `{}`, 400, `"password":"Enter your password.","username":"Enter your user name."`},
		{"POST", "/login", `{"username":"Ada","password":"wrong horse"}`, 401, "Wrong user name or password."},
		{"POST", "/login", `{"username":7}`, 400, ""},
		{"POST", "/login", `{"username":"Ada"`, 400, ""},
		{"POST", "/login", `{} {}`, 400, ""},
		{"POST", "/login", `[]`, 400, ""},
		{"POST", "/login", "", 400, ""},
		{"POST", "/login", `{"username":"` + strings.Repeat("a", 17<<10) + `"}`, 413, ""},
		{"POST", "/login", `{"username":"Ada","password":"` + password + `","remember":true,"more":[1]}`, 200, `"username":"Ada"`},
		{"GET", "/sessions", "", 200, `"current":true`},
		{"POST", "/sessions/end", `{"handle":"nothing"}`, 404, "had ended already"},
		{"POST", "/sessions/end-others", `{}`, 200, ""},
		{"POST", "/password", `{"current":"not it","password":"another horse"}`, 403, `"current":"This is not your password."`},
		{"POST", "/password", `{"current":"` + password + `","password":"another horse"}`, 200, "changed"},
		{"GET", "/nothing", "", 404, "no such page"},
		{"GET", "/login", "", 200, `{"msg":"Log in"`},
		{"GET", "/logout", "", 200, `{"msg":"Log out"`},
		{"POST", "/logout", "", 200, "Logged out"},
		{"GET", "/dashboard", "", 401, ""},
		{"POST", "/login", `{"username":"Ada","password":"` + password + `"}`, 401, ""},
		{"POST", "/login", `{"username":"Ada","password":"another horse"}`, 200, ""},
	} {
		a, _ := b.call(step.method, step.path, step.body)
		if a.StatusCode != step.status || !strings.Contains(a.body, step.contains) {
			t.Errorf("%s %s %.80s: %s %s", step.method, step.path, step.body, a.Status, a.body)
		}
		checkHeaders(t, step.path, a)
	}
}

// Who is a program, and who a person, by what they ask for.
func TestNegotiation(t *testing.T) {
	t.Parallel()
	b := newSite(t).browser()
	for _, test := range []struct {
		accept, contentType string
		json                bool
	}{
		{"", "application/x-www-form-urlencoded", false},
		{"", "application/json", true},
		{"", "application/json; charset=utf-8", true},
		{"application/json", "application/x-www-form-urlencoded", true},
		{"APPLICATION/JSON", "application/x-www-form-urlencoded", true},
		{"application/json, text/plain, */*", "application/json", true},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/x-www-form-urlencoded", false},
		{"text/html, application/json;q=0.9", "application/json", false},
		{"text/html;q=0.5, application/json", "application/x-www-form-urlencoded", true},
		{"application/json;q=0", "application/x-www-form-urlencoded", false},
		{"*/*", "application/x-www-form-urlencoded", false},
		{"application/json;q=junk, ,;", "application/x-www-form-urlencoded", true},
	} {
		a := b.send(http.MethodPost, "/login", "{}", "Accept", test.accept, "Content-Type", test.contentType)
		if got := a.Header.Get("Content-Type") == "application/json"; got != test.json || a.StatusCode != http.StatusBadRequest {
			t.Errorf("Accept %q, Content-Type %q: %s, %s", test.accept, test.contentType, a.Status, a.Header.Get("Content-Type"))
		}
	}
}

// Errors from before the pages come in the same form.
func TestJSONOfErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.browser().send(http.MethodPost, "/login", "{}", "Accept", "application/json", "Sec-Fetch-Site", "cross-site")
	if a.StatusCode != http.StatusForbidden || !strings.HasPrefix(a.body, `{"msg":`) {
		t.Errorf("from another site: %s %s", a.Status, a.body)
	}
	ada := s.member("Ada")
	cookie := ada.get("/").Request.Header.Get("Cookie")
	broken := newSiteOn(t, down{nil}, t.Output())
	a = broken.browser().get("/dashboard", "Accept", "application/json", "Cookie", cookie)
	if a.StatusCode != http.StatusServiceUnavailable || !strings.HasPrefix(a.body, `{"msg":`) {
		t.Errorf("without a store: %s %s", a.Status, a.body)
	}
}
