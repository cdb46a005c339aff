import MillraceServer

MillraceMain.prepare()
await MillraceMain.run()
