#include "CFissure.h"

// One array and one row for each file of the page; a test compares them with the folder. `#embed` is
// C23, which clang also takes in C17; the files become dependencies of this one, so that a changed
// page is a changed binary.

#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t dashboard_js[] = {
#embed "../Fissure/Resources/dashboard.js"
};
static const uint8_t data_css[] = {
#embed "../Fissure/Resources/data.css"
};
static const uint8_t dom_js[] = {
#embed "../Fissure/Resources/dom.js"
};
static const uint8_t drawables_js[] = {
#embed "../Fissure/Resources/drawables.js"
};
static const uint8_t facts_js[] = {
#embed "../Fissure/Resources/facts.js"
};
static const uint8_t feed_js[] = {
#embed "../Fissure/Resources/feed.js"
};
static const uint8_t format_js[] = {
#embed "../Fissure/Resources/format.js"
};
static const uint8_t graph_css[] = {
#embed "../Fissure/Resources/graph.css"
};
static const uint8_t graph_js[] = {
#embed "../Fissure/Resources/graph.js"
};
static const uint8_t graphdocument_js[] = {
#embed "../Fissure/Resources/graphdocument.js"
};
static const uint8_t graphedge_js[] = {
#embed "../Fissure/Resources/graphedge.js"
};
static const uint8_t graphnode_js[] = {
#embed "../Fissure/Resources/graphnode.js"
};
static const uint8_t graphsource_js[] = {
#embed "../Fissure/Resources/graphsource.js"
};
static const uint8_t header_js[] = {
#embed "../Fissure/Resources/header.js"
};
static const uint8_t hex_js[] = {
#embed "../Fissure/Resources/hex.js"
};
static const uint8_t icon_svg[] = {
#embed "../Fissure/Resources/icon.svg"
};
static const uint8_t index_html[] = {
#embed "../Fissure/Resources/index.html"
};
static const uint8_t inspector_js[] = {
#embed "../Fissure/Resources/inspector.js"
};
static const uint8_t keys_js[] = {
#embed "../Fissure/Resources/keys.js"
};
static const uint8_t layout_js[] = {
#embed "../Fissure/Resources/layout.js"
};
static const uint8_t main_js[] = {
#embed "../Fissure/Resources/main.js"
};
static const uint8_t model_js[] = {
#embed "../Fissure/Resources/model.js"
};
static const uint8_t plot_js[] = {
#embed "../Fissure/Resources/plot.js"
};
static const uint8_t scale_js[] = {
#embed "../Fissure/Resources/scale.js"
};
static const uint8_t snapshot_js[] = {
#embed "../Fissure/Resources/snapshot.js"
};
static const uint8_t store_js[] = {
#embed "../Fissure/Resources/store.js"
};
static const uint8_t style_css[] = {
#embed "../Fissure/Resources/style.css"
};
static const uint8_t table_js[] = {
#embed "../Fissure/Resources/table.js"
};
static const uint8_t tbl_js[] = {
#embed "../Fissure/Resources/tbl.js"
};
static const uint8_t theme_css[] = {
#embed "../Fissure/Resources/theme.css"
};
static const uint8_t theme_js[] = {
#embed "../Fissure/Resources/theme.js"
};
static const uint8_t trace_js[] = {
#embed "../Fissure/Resources/trace.js"
};
static const uint8_t tree_js[] = {
#embed "../Fissure/Resources/tree.js"
};
static const uint8_t value_js[] = {
#embed "../Fissure/Resources/value.js"
};
static const uint8_t values_js[] = {
#embed "../Fissure/Resources/values.js"
};
static const uint8_t valueview_js[] = {
#embed "../Fissure/Resources/valueview.js"
};
static const uint8_t viewport_js[] = {
#embed "../Fissure/Resources/viewport.js"
};

struct file {
  const char *name;
  uint32_t name_length;
  const uint8_t *bytes;
  uint32_t length;
};

#define FILE_ROW(name, bytes) {name, sizeof name - 1, bytes, sizeof bytes}

static const struct file files[] = {
  FILE_ROW("dashboard.js", dashboard_js),
  FILE_ROW("data.css", data_css),
  FILE_ROW("dom.js", dom_js),
  FILE_ROW("drawables.js", drawables_js),
  FILE_ROW("facts.js", facts_js),
  FILE_ROW("feed.js", feed_js),
  FILE_ROW("format.js", format_js),
  FILE_ROW("graph.css", graph_css),
  FILE_ROW("graph.js", graph_js),
  FILE_ROW("graphdocument.js", graphdocument_js),
  FILE_ROW("graphedge.js", graphedge_js),
  FILE_ROW("graphnode.js", graphnode_js),
  FILE_ROW("graphsource.js", graphsource_js),
  FILE_ROW("header.js", header_js),
  FILE_ROW("hex.js", hex_js),
  FILE_ROW("icon.svg", icon_svg),
  FILE_ROW("index.html", index_html),
  FILE_ROW("inspector.js", inspector_js),
  FILE_ROW("keys.js", keys_js),
  FILE_ROW("layout.js", layout_js),
  FILE_ROW("main.js", main_js),
  FILE_ROW("model.js", model_js),
  FILE_ROW("plot.js", plot_js),
  FILE_ROW("scale.js", scale_js),
  FILE_ROW("snapshot.js", snapshot_js),
  FILE_ROW("store.js", store_js),
  FILE_ROW("style.css", style_css),
  FILE_ROW("table.js", table_js),
  FILE_ROW("tbl.js", tbl_js),
  FILE_ROW("theme.css", theme_css),
  FILE_ROW("theme.js", theme_js),
  FILE_ROW("trace.js", trace_js),
  FILE_ROW("tree.js", tree_js),
  FILE_ROW("value.js", value_js),
  FILE_ROW("values.js", values_js),
  FILE_ROW("valueview.js", valueview_js),
  FILE_ROW("viewport.js", viewport_js),
};

static const uint32_t file_count = sizeof files / sizeof *files;

uint32_t fissure_file_count(void) { return file_count; }

uint8_t fissure_file_name_byte(uint32_t file, uint32_t index) {
  return file < file_count && index < files[file].name_length ? (uint8_t)files[file].name[index] : 0;
}

uint32_t fissure_file_length(uint32_t file) { return file < file_count ? files[file].length : 0; }

uint8_t fissure_file_byte(uint32_t file, uint32_t index) {
  return file < file_count && index < files[file].length ? files[file].bytes[index] : 0;
}
