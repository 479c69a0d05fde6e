-- Las sesiones que se cerraron y cuya cookie no ha vencido: quien la copió antes no puede usarla (decisión 21).
CREATE TABLE IF NOT EXISTS chat_sesiones_cerradas (
    sesion TEXT PRIMARY KEY,
    vence TIMESTAMPTZ NOT NULL
);
