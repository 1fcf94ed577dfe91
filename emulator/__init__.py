"""AWS on this machine: moto's API, with real processes behind what is running there.

``aws`` serves the API (moto and the few ``patches`` it needs), ``account`` says what the API's models hold,
``reconciler`` makes that true: ``machines`` for instances, ``load_balancers`` for the ALB's data planes, ``health``
for target health. ``state`` owns the directory everything lives in, ``processes`` the processes.
"""
