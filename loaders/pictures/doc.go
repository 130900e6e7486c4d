// Package pictures fetches the encoded bytes of a picture from wherever a product or a query refers to it: a file below a root folder,
// a data: URL, or an http(s) URL on the public internet.
//
// Main types: [Fetcher], made by [New] with [Options].
//
// # Caveats
//
// References come from catalogues and from shoppers, so none is trusted. Files cannot lie outside the root, through symbolic links
// neither. Addresses are checked when the connection is made, on the resolved IP and again after each redirect, so that a name that
// resolves to something else the second time gains nothing. Proxies of the environment are used only where [Options].Proxy says so, as a proxy
// resolves names itself. Only the kind of the content is checked here; whether a picture decodes, and how many pixels it has, is for embed.
package pictures
