// Package web is what a person sees: a storefront of server-rendered pages to search by words and pictures, narrow down, and look at products.
//
// Main types: [Options] and [Parts], of which [New] makes an [http.Handler] for "/", "/p/{id}", "/search-by-picture", "/visitor", "/uploads/{id}" and
// "/assets/{name}". The pages need /pictures and /v1/suggest of package api beside them.
//
// Where [Events] are kept, the pages record searches, views and clicks themselves, and searches and shelves answer the visitor in person.
//
// # Caveats
//
// Every page works without JavaScript; the script adds suggestions and drag and drop. The pages' own words are English.
// Uploaded pictures live in memory, the oldest giving way: a link with a picture works for a while only, and on the server that took it.
package web
