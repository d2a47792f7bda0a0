from twinstar.cli import main

main()
