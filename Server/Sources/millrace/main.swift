import MillraceServer

await MillraceMain.run()
