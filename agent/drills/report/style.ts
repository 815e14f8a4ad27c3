/** The looks of the HTML report. One style sheet inside the page: no font, no picture, no script from anywhere. */
export const STYLE = `
:root{color-scheme:light;--page:#f4f5f7;--card:#fff;--text:#1b212a;--quiet:#5a6473;--rule:#dde1e7;--grid:#e6e9ee;
--blue:#2459b8;--violet:#7b3fb0;--pass:#167a3a;--pass-soft:#e2f4e8;--fail:#bf1f2e;--fail-soft:#fde8e9;--warn:#855600;
--warn-soft:#fbf0d3;--heal:#5a6473;--detection:#d98a00;--switch:#3d9bdc;--announcement:#0b8f6a;--recovery:#b75a96}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--page:#0f1217;--card:#181d24;--text:#e4e8ee;
--quiet:#98a2b1;--rule:#2c333d;--grid:#262d37;--blue:#6ea8fe;--violet:#c08cf0;--pass:#4ac56c;--pass-soft:#12301d;
--fail:#ff7d79;--fail-soft:#3d171b;--warn:#e2b341;--warn-soft:#35290b;--heal:#98a2b1;--detection:#e6a532;
--switch:#5db5f0;--announcement:#2cb98f;--recovery:#d786b8}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,"Segoe UI",Roboto,"Liberation Sans",
"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1180px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:26px;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:20px;line-height:1.3;margin:0}
h3{font-size:15px;margin:0}
h4{font-size:12px;margin:0 0 2px;color:var(--quiet);font-weight:600;letter-spacing:.04em;text-transform:uppercase}
p{margin:0}
a{color:inherit}
code{font:13px ui-monospace,"SFMono-Regular",Menlo,"Liberation Mono","DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:20px 22px;margin-top:20px}
.quiet,.none,.note{color:var(--quiet)}
.badge{display:inline-block;border-radius:5px;padding:1px 8px;font-weight:700;font-size:13px;letter-spacing:.03em;
border:1px solid currentColor;white-space:nowrap;line-height:1.5}
.badge.pass{color:var(--pass);background:var(--pass-soft)}
.badge.fail{color:var(--fail);background:var(--fail-soft)}
.badge.warn{color:var(--warn);background:var(--warn-soft)}
.badge.large{font-size:18px;padding:2px 14px}
.head{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center}
.reason{margin-top:6px;font-size:16px;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:10px 20px;margin:16px 0 0}
.facts div{min-width:0}
.facts dt{color:var(--quiet);font-size:12px}
.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.facts dd.pass{color:var(--pass)}.facts dd.fail{color:var(--fail)}.facts dd.warn{color:var(--warn)}
.facts.tiles dd{font-size:22px;line-height:1.25}
.facts .wide{grid-column:span 2}
section>h3.part{margin:24px 0 6px;font-size:16px}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:6px 12px 6px 0;vertical-align:top}
thead th{color:var(--quiet);font-size:12px;font-weight:600;border-bottom:1px solid var(--rule)}
.number{text-align:right;white-space:nowrap}
.list tbody tr+tr>*{border-top:1px solid var(--grid)}
.list td{overflow-wrap:anywhere}
.picture{width:52%;padding-top:0;padding-bottom:0}
.spread th[scope=row]{font-weight:400;white-space:nowrap;padding-top:2px;padding-bottom:2px;vertical-align:middle}
.spread tbody tr:first-child th,.spread tbody tr:first-child .number{font-weight:700}
.spread td{padding-top:2px;padding-bottom:2px;vertical-align:middle}
.spread .picture,.list .picture{padding-top:0;padding-bottom:0}
.spread thead th{border:0;padding-bottom:0;vertical-align:bottom}
.spread .note{font-size:12px}
.list .picture{width:30%;vertical-align:middle}
.panel{display:block;width:100%;overflow:visible}
text{font-size:11px;fill:var(--quiet)}
text.limit{fill:var(--text);font-weight:600}
.grid{stroke:var(--grid)}
.origin{stroke:var(--quiet)}
.budget{stroke:var(--text);stroke-dasharray:4 3;stroke-width:1.5}
.stem{stroke-width:2;stroke:var(--blue);opacity:.45}
.event{fill:var(--blue)}
.beyond{fill:none;stroke:var(--blue);stroke-width:2}
.stem.told{stroke:var(--violet)}.event.told{fill:var(--violet)}.beyond.told{stroke:var(--violet)}
.event.healed{fill:var(--card);stroke:var(--heal);stroke-width:2}.beyond.healed{stroke:var(--heal)}
.stem.late{stroke:var(--fail)}.event.late{fill:var(--fail)}.beyond.late{stroke:var(--fail)}
.gap.pass{fill:var(--pass)}.gap.fail{fill:var(--fail)}.gap.warn{fill:var(--warn)}
.gap.hollow{fill-opacity:.2;stroke-width:1.5}
.gap.hollow.pass{stroke:var(--pass)}.gap.hollow.fail{stroke:var(--fail)}.gap.hollow.warn{stroke:var(--warn)}
.down{fill:var(--quiet)}
.detection{fill:var(--detection)}.switch{fill:var(--switch)}.announcement{fill:var(--announcement)}
.recovery{fill:var(--recovery)}
.value{fill:var(--blue);fill-opacity:.7;stroke:var(--card);stroke-width:.75}
.value.late{fill:var(--fail)}
.value.hollow{fill:var(--card);fill-opacity:1;stroke:var(--blue);stroke-width:1.75}
.value.hollow.late{stroke:var(--fail)}
.whisker{stroke:var(--quiet);stroke-width:1.5}
.box{fill:var(--blue);fill-opacity:.14;stroke:var(--blue);stroke-opacity:.5}
.median{stroke:var(--text);stroke-width:2}
.backgrounds{position:absolute}
.repeat{border-top:1px solid var(--rule);padding:16px 0 8px;break-inside:avoid}
.repeat .reason{font-size:15px;margin-top:2px}
.ways{display:grid;grid-template-columns:minmax(0,1.75fr) minmax(0,1fr);gap:10px 40px;margin-top:12px}
.plot{display:grid;grid-template-columns:148px minmax(0,1fr);column-gap:16px}
.plot.zoomed{grid-template-columns:148px minmax(0,2fr) minmax(0,3fr);column-gap:20px}
.lanes{margin:0;padding-top:18px}
.lane{display:flex;justify-content:space-between;height:20px;line-height:20px;font-size:13px;white-space:nowrap}
.lane dt{color:var(--quiet)}
.lane dd{margin:0}
.lane.main dt,.lane.main dd{color:var(--text);font-weight:700}
.lane.bad dd{color:var(--fail);font-weight:700}
.phases{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;margin:4px 0 0;padding:0;font-size:13px}
.swatch{margin-right:6px}
.also{margin-top:8px;font-size:14px}
.also .badge{font-size:11px;padding:0 6px}
.differences{background:var(--fail-soft);border-left:4px solid var(--fail);padding:8px 12px;margin-top:10px}
.differences ul{margin:4px 0 0;padding-left:20px}
.repeat h4{margin-top:10px}
.alarms{font-size:13px}
.alarms thead th{border:0;padding-bottom:0;font-weight:400}
.time{white-space:nowrap}
.alarms th,.alarms td{padding-top:3px;padding-bottom:3px}
.alarms td:nth-child(2){min-width:12.5em}
.alarms .by{min-width:5.5em}
.alarms .details{width:34%;color:var(--quiet)}
.words{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 18px;margin:12px 0 0}
.words dt{font-weight:600}
.words dd{margin:0}
footer{margin-top:20px;color:var(--quiet);font-size:13px}
@media (max-width:860px){
.ways{grid-template-columns:minmax(0,1fr)}
}
@media (max-width:640px){
.tick.minor{display:none}
main{padding:18px 10px 32px}
.card{padding:14px 12px;border-radius:8px;margin-top:14px}
h1{font-size:22px}
.plot,.plot.zoomed{column-gap:12px}
.lane{font-size:12px}
.plot{grid-template-columns:134px minmax(0,1fr)}
.plot.zoomed{grid-template-columns:134px minmax(0,2fr) minmax(0,3fr)}
.facts{grid-template-columns:repeat(auto-fill,minmax(140px,1fr));gap:8px 14px}
.facts.tiles{grid-template-columns:repeat(auto-fill,minmax(100px,1fr))}
.facts.tiles dd{font-size:18px}
.spread{font-size:13px}
.list thead,.spread thead .number,.spread thead th:first-child{display:none}
.list tr,.spread tr{display:flex;flex-wrap:wrap;column-gap:10px}
.list tr>*,.spread tr>*{border:0!important;padding:1px 0}
.list tr{padding:8px 0}
.list tr+tr{border-top:1px solid var(--grid)}
.list .picture,.spread .picture,.alarms .details{width:100%;order:9;padding:0 6px}
.alarms .details{padding:0}
.spread th[scope=row]{flex:1 0 100%}
.number[data-name]::before{content:attr(data-name) " ";color:var(--quiet);font-weight:400}
.alarms td:nth-child(2),.alarms .by{min-width:0}
.words{grid-template-columns:minmax(0,1fr)}
.words dd{margin-bottom:6px}
}
@media print{
:root{--page:#fff}
body{font-size:12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}
.card{border:0;padding:0;border-radius:0}
.card.drill{break-before:page}
}
`;
