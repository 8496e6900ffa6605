package app

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The parameters of a request that is not timed.
const (
	keyHeader   = "X-Key"
	valueHeader = "X-Value"
)

// handlers are an application of net/http, one handler for each route.
type handlers [routes]http.Handler

// everywhere is an application whose framework finds the route by the path.
func everywhere(h http.Handler) *handlers {
	var all handlers
	for route := range all {
		all[route] = h
	}
	return &all
}

func (h *handlers) app() *App {
	mux := http.NewServeMux()
	for route, handler := range h {
		if handler != nil {
			mux.Handle("/"+Route(route).String(), handler)
		}
	}
	return &App{Handler: mux, Client: func() Client { return newHTTPClient(h) }}
}

// httpClient drives an http.Handler with one writer and, since libraries
// change their request, with a copy by value of a prepared one.
type httpClient struct {
	handlers *handlers
	prepared [routes]http.Request
	request  http.Request
	header   http.Header
	cookie   [1]string
	writer   writer
}

func newHTTPClient(h *handlers) *httpClient {
	c := &httpClient{handlers: h, header: http.Header{}, writer: writer{header: http.Header{}}}
	for route := range routes {
		c.prepared[route] = http.Request{
			Method: http.MethodGet, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Host: "app.example", RequestURI: "/" + route.String(), URL: &url.URL{Path: "/" + route.String()},
			RemoteAddr: "192.0.2.1:1234", Header: c.header, Body: http.NoBody,
		}
	}
	return c
}

func (c *httpClient) Send(route Route, cookie string) {
	if cookie == "" {
		delete(c.header, "Cookie") // a library may have added one
	} else {
		c.cookie[0] = cookie
		c.header["Cookie"] = c.cookie[:]
	}
	c.request = c.prepared[route]
	clear(c.writer.header)
	c.writer.status = 0
	c.writer.body = c.writer.body[:0]
	c.handlers[route].ServeHTTP(&c.writer, &c.request)
}

func (c *httpClient) Ask(route Route, cookie, key string, value int) {
	c.header.Set(keyHeader, key)
	c.header.Set(valueHeader, strconv.Itoa(value))
	c.Send(route, cookie)
}

func (c *httpClient) Status() int { return c.writer.status }

func (c *httpClient) Answer() string { return string(c.writer.body) }

func (c *httpClient) Cookie() (string, bool) {
	return firstCookie(c.writer.header.Values("Set-Cookie"))
}

func firstCookie(lines []string) (string, bool) {
	if len(lines) == 0 {
		return "", false
	}
	parsed, err := http.ParseSetCookie(lines[0])
	if err != nil || parsed.MaxAge < 0 || parsed.Value == "" {
		return "", true
	}
	pair, _, _ := strings.Cut(lines[0], ";")
	return pair, true
}

// writer is a ResponseWriter that costs next to nothing.
type writer struct {
	header http.Header
	status int
	body   []byte
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, p...)
	return len(p), nil
}

func (w *writer) WriteString(s string) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, s...)
	return len(s), nil
}

// asked answers a request to a route that is not timed.
func (c Config) asked(route Route, w http.ResponseWriter, r *http.Request, v values) {
	value, err := strconv.Atoi(r.Header.Get(valueHeader))
	if err == nil {
		var answer string
		if answer, err = c.answer(route, r.Header.Get(keyHeader), value, v); err == nil {
			w.Write([]byte(answer))
			return
		}
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

func fail(w http.ResponseWriter) {
	http.Error(w, "no such session", http.StatusUnauthorized)
}

func pass(w http.ResponseWriter, _ *http.Request) { w.Write(ok) }

func bareHTTP(Config) *App {
	return (&handlers{Pass: http.HandlerFunc(pass)}).app()
}
