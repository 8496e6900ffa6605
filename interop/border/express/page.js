// The pages. Those of the Go side look the same but for who has served them.
'use strict'

const escape = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

const parts = {
  Home: () => '<form method="post" action="/cart"><label>Item <input id="item" name="item"></label><button>Add</button></form>',
  Dashboard: session => `<p>Views: ${session.views}</p>`,
  Settings: () => `<form method="post" action="/settings/theme"><label>Theme <input id="theme" name="theme"></label><button>Change theme</button></form>
<form method="post" action="/settings/password"><label>New password <input id="password" name="password" type="password"></label><button>Change password</button></form>`,
  Login: () => '<form method="post" action="/login"><label>Name <input id="username" name="username"></label><label>Password <input id="password" name="password" type="password"></label><button>Log in</button></form>'
}

module.exports = (name, user, session, messages) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${name}</title>
<style>body { font: 1.1em system-ui; max-width: 40em; margin: 2em auto } nav, form { display: flex; gap: 1em; margin: 1em 0 } footer { color: #666 }</style>
<nav><a href="/">Home</a> <a href="/dashboard">Dashboard</a> <a href="/settings">Settings</a></nav>
<h1>${name}</h1>
${messages.map(text => `<p><em>${escape(text)}</em></p>`).join('')}
${user ? `<p>Hello, ${escape(user.username)}!</p><form method="post" action="/logout"><button>Log out</button></form>` : '<p>Nobody is logged in. <a href="/login">Log in</a></p>'}
<p>Cart: ${escape((session.cart ?? []).join(', ') || 'empty')}</p>
<p>Theme: ${escape(session.theme ?? 'light')}</p>
${parts[name](session)}
<footer>Served by Express.</footer>
</html>`
