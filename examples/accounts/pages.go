package main

import (
	"bytes"
	"html/template"
	"log"
	"net/http"
)

// pages escape what they show: a user may be called <script>.
var pages = template.Must(template.New("").Parse(`
{{define "home"}}<!DOCTYPE html>
<title>Home</title>
<p>Hello, {{.}}!</p>
<form method="post" action="/logout"><button>Log out</button></form>
{{end}}

{{define "form"}}<!DOCTYPE html>
<title>{{.Title}}</title>
<h1>{{.Title}}</h1>
{{with .Problem}}<p role="alert">{{.}}</p>{{end}}
<form method="post">
<p><label>User name <input name="username" value="{{.Username}}" autocomplete="username" required></label></p>
<p><label>Password <input name="password" type="password" required></label></p>
<p><label><input name="remember" type="checkbox"> Remember me</label></p>
<button>{{.Title}}</button>
</form>
<p><a href="/login">Log in</a> or <a href="/register">register</a></p>
{{end}}
`))

// render answers with a page. It is made before anything is sent, so that an
// error does not end in half a page.
func render(w http.ResponseWriter, status int, page string, data any) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, page, data); err != nil {
		log.Print(err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // fails only if the client has left
}
