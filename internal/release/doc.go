// Package release tests that a release of the tracked tree would work, before
// there is one.
//
// In the repository the modules find each other by replace directives and
// through the workspace. Users have neither. The test drops the replacements,
// gives all modules one version, lays them out as a module proxy does and is
// then the user: it gets each package into an empty module and builds it, and
// installs and starts each program. A package of the root module must not
// bring the requirement of any other.
//
// Requirements on others are served from the module cache, which is filled
// first; after that no network is needed. The released modules go into a
// cache of their own that ends with the test.
package release
