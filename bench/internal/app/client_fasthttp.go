package app

import (
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"
)

// fastClient drives a handler of fasthttp with one RequestCtx, as a connection
// of that server does.
type fastClient struct {
	handler fasthttp.RequestHandler
	ctx     fasthttp.RequestCtx
	route   Route
	cookie  string
}

func newFastClient(h fasthttp.RequestHandler) *fastClient {
	c := &fastClient{handler: h, route: -1}
	c.ctx.Init(&fasthttp.Request{}, nil, nil)
	return c
}

func (c *fastClient) Send(route Route, cookie string) {
	if route != c.route {
		c.ctx.Request.Header.SetMethod(fasthttp.MethodGet)
		c.ctx.Request.SetRequestURI("/" + route.String())
		c.ctx.Request.Header.SetHost("app.example")
		c.route = route
	}
	if cookie != c.cookie {
		c.ctx.Request.Header.DelAllCookies()
		if name, value, found := strings.Cut(cookie, "="); found {
			c.ctx.Request.Header.SetCookie(name, value)
		}
		c.cookie = cookie
	}
	c.ctx.Response.Reset()
	c.ctx.ResetUserValues()
	c.handler(&c.ctx)
}

func (c *fastClient) Ask(route Route, cookie, key string, value int) {
	c.cookie = "" // fiber takes cookies out of the request
	c.ctx.Request.Header.DelAllCookies()
	c.ctx.Request.Header.Set(keyHeader, key)
	c.ctx.Request.Header.Set(valueHeader, strconv.Itoa(value))
	c.Send(route, cookie)
}

func (c *fastClient) Status() int { return c.ctx.Response.StatusCode() }

func (c *fastClient) Answer() string { return string(c.ctx.Response.Body()) }

func (c *fastClient) Cookie() (string, bool) {
	var lines []string
	for _, line := range c.ctx.Response.Header.Cookies() {
		lines = append(lines, string(line))
	}
	return firstCookie(lines)
}
